"""The promise of the product: what could not be read is unknown, and never a pass.

Something is taken away from what Azure serves, in every area in turn, and the shipped rules judge
what is left. Each verdict must be the one before, or unknown for the right reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import pytest

from amlaudit.core import arm_id
from amlaudit.core.gap import Reason
from amlaudit.core.relations import RELATIONS
from amlaudit.core.report import Finding, Report
from amlaudit.core.verdict import Seen, Status, Verdict
from amlaudit.pipeline import Policy
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.scanner import ArmRead, GraphQuery, type_read_by
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.estate import documents
from tests.loopback.faults import Predicate
from tests.loopback.reading import audited

Verdicts = Mapping[tuple[str, str], Verdict]

SCANNERS: Final = all_scanners()
QUERIES: Final = [
    pytest.param(query, id=f"{scanner.name}-{query.file}")
    for scanner in SCANNERS
    for query in scanner.queries
]
ACTIONS: Final = [
    pytest.param(action, id=f"{scanner.name}-{action}")
    for scanner in SCANNERS
    for query in scanner.queries
    for action in query.actions
]
READS: Final = [
    pytest.param(read, id=f"{scanner.name}-{arm_id.name_of(read.of)}{read.path[-30:]}")
    for scanner in SCANNERS
    for read in scanner.reads
]
PARTS: Final = sorted(
    {type_read_by(param.values[0]) for param in ACTIONS}  # type: ignore[arg-type]
    | {param.values[0].yields for param in READS}  # type: ignore[union-attr]
)


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Judge by the shipped rules."""
    pack, rules = load_pack(shipped("rules"), "built-in")
    return Policy((pack,), rules)


@pytest.fixture(scope="module")
def before(certificates: Certificates, policy: Policy) -> Report:
    """Judge what is served when nothing is taken away."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca_file))
        environment.setenv("NO_PROXY", "localhost")
        with LoopbackAzure(certificates, documents()) as azure:
            report = audited(azure, policy)
    assert report.gaps == ()
    return report
