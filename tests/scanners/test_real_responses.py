"""Real answers of Azure, read from a folder beside the checkout: no crash, checked evidence."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.pipeline import Policy, audit
from amlaudit.rulebook.library import load_library
from amlaudit.scanners.files.source import Files

FOLDER = Path(__file__).parents[3] / "shared" / "azure-responses"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the folder of real responses is not beside the checkout"
)


@pytest.fixture(scope="module")
def report() -> Report:
    packs, rules = load_library(())
    return audit(Scope(), Files((FOLDER,)), Policy(packs, rules), datetime(2026, 1, 1, tzinfo=UTC))


def test_every_response_is_judged_or_listed(report: Report) -> None:
    statuses = Counter(finding.verdict.status for finding in report.findings)
    assert statuses[Status.PASS] > 20
    assert statuses[Status.FAIL] > 40
    crashed = [each for each in report.findings if each.verdict.reason is Reason.RULE_ERROR]
    assert crashed == []


# rule, resource, verdict, path, what stands there
CHECKED = """
AML1201 mlvvtest                 pass properties.publicNetworkAccess Disabled
AML1202 mlvvtest                 pass properties.privateEndpointConnections 1 of 1 match
AML1201 asotestyoyuey            fail properties.publicNetworkAccess Enabled
AML1601 gpu-cluster              fail properties.disableLocalAuth False
AML1607 gpu-cluster              pass properties.properties.scaleSettings.minNodeCount 0
AML1408 asotest-kv-qpxtvz        fail properties.enableRbacAuthorization False
AML1405 asotest-kv-qpxtvz        pass properties.enableSoftDelete True
AML1509 asoworkspacestorageacct1 pass properties.minimumTlsVersion TLS1_2
AML1502 asoworkspacestorageacct1 fail properties.networkAcls.defaultAction Allow
AML2001 steprunlogblobstore      fail properties.credentials.credentialsType AccountKey
AML2001 test_191128436424        pass properties.credentials.credentialsType None
AML1701 online-portal91          pass properties.authMode AMLToken
"""


@pytest.mark.parametrize(
    "row", [line.split(maxsplit=4) for line in CHECKED.strip().splitlines()], ids=" ".join
)
def test_verdicts_that_were_checked_by_hand(report: Report, row: list[str]) -> None:
    rule_id, name, status, path, value = row
    (finding,) = (
        each
        for each in report.findings
        if each.rule.id == rule_id and each.resource.name.lower() == name.lower()
    )
    assert finding.verdict.status == status
    assert str({each.path: each.observed for each in finding.verdict.evidence}[path]) == value
