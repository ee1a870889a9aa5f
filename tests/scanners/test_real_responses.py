"""Real answers of Azure, read from a folder next to the checkout: no crash, verified evidence."""

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


# rule, resource, verdict, path (-> before a relation), the value there or the meaning of absence
CHECKED = """
AML1105 mlworkspace-testproj1 pass properties.v1LegacyMode False
AML1201 mlvvtest          pass properties.publicNetworkAccess Disabled
AML1201 asotestyoyuey     fail properties.publicNetworkAccess Enabled
AML1202 mlvvtest          pass properties.privateEndpointConnections 1 of 1 match
AML1202 cctestml438669734316 fail properties.privateEndpointConnections none found
AML1203 mlvvtest          pass properties.allowPublicAccessWhenBehindVnet False
AML1204 mlworkspace-test1 fail properties.networkAcls.defaultAction Allow
AML1224 test956383821631  fail properties.publicNetworkAccess Enabled
AML1301 mlwsp165red       pass identity.type SystemAssigned
AML1402 asotest-kv-qpxtvz fail properties.networkAcls.defaultAction Allow
AML1405 asotest-kv-qpxtvz pass properties.enableSoftDelete True
AML1406 asotest-kv-qpxtvz fail properties.enablePurgeProtection False
AML1408 asotest-kv-qpxtvz fail properties.enableRbacAuthorization False
AML1501 asoworkspacestorageacct1 fail properties.publicNetworkAccess Enabled
AML1502 asoworkspacestorageacct1 fail properties.networkAcls.defaultAction Allow
AML1505 asoworkspacestorageacct1 pass properties.allowBlobPublicAccess False
AML1508 asoworkspacestorageacct1 pass properties.supportsHttpsTrafficOnly True
AML1509 asoworkspacestorageacct1 pass properties.minimumTlsVersion TLS1_2
AML1601 gpu-cluster       fail properties.disableLocalAuth False
AML1602 batch-cluster     fail properties.properties.remoteLoginPortPublicAccess Enabled
AML1602 gpu-cluster       fail properties.properties.remoteLoginPortPublicAccess NotSpecified
AML1603 jiajicompute1     pass properties.properties.sshSettings.sshPublicAccess Disabled
AML1607 gpu-cluster       pass properties.properties.scaleSettings.minNodeCount 0
AML1608 batch-cluster     pass properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown PT2M
AML1609 gpu-cluster       pass properties.properties.scaleSettings.maxNodeCount 4
AML1610 batch-cluster     fail identity None
AML1615 jiajicompute1     fail properties.properties.applicationSharingPolicy Shared
AML1620 test322425765248  pass properties.properties.osImageMetadata.isLatestOsImageVersion True
AML1701 online-portal91   pass properties.authMode AMLToken
AML1701 online-pwsh02     fail properties.authMode Key
AML1702 online-endp4e07306aec3d482 fail properties.publicNetworkAccess Enabled
AML1705 online-portal91   pass identity.type SystemAssigned
AML1714 batchenpoint01    pass properties.authMode AADToken
AML1805 asotestyoyuey     fail ->application-insights none found
AML1905 00000             fail properties.provisioningState Failed
AML1907 online-dpma4941dc794114e4 fail properties.traffic {}
AML2001 steprunlogblobstore fail properties.credentials.credentialsType AccountKey
AML2001 test_191128436424 pass properties.credentials.credentialsType None
AML2005 e2etest_wps_conn_test_269508279711 fail properties.category Snowflake
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
    seen = {each.path.replace(" ", ""): each.observed for each in finding.evidence}
    assert str(seen[path]) == value
