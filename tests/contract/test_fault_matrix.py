"""Every fault, at the first, a middle and the last call of every scanner, ends without a lie.

The rest of the audit is what it was without the fault, or a gap says what is missing; nothing
passes that did not pass before.

Every fault is tried with every scanner at one of the three calls: which one varies from fault to
fault, so that every call of every scanner is hit by several. All combinations are tried if the
environment has AMLAUDIT_TESTS=full.
"""

import os
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import pytest

from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE
from amlaudit.core.report import Report
from amlaudit.pipeline import Policy
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.scanner import Scanner
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates, trusting
from tests.loopback.faults import GRAPH_PATH, Act, Fault
from tests.loopback.graph import token_of
from tests.loopback.judging import assert_same_or_named, told
from tests.loopback.reading import audited
from tests.loopback.wire import Reply, Request

Key: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...], bytes]

SCANNERS: Final = all_scanners()
PLACES: Final = ("first", "middle", "last")
IS_FULL: Final = os.environ.get("AMLAUDIT_TESTS") == "full"
PAGE_SIZE: Final = 2


def looping(request: Request, honest: faults.Honest) -> Reply:
    """Name the current page as the next one."""
    if request.place == GRAPH_PATH:
        return faults.edited(**{"$skipToken": token_of(0)})(request, honest)
    return faults.next_link(faults.address_of)(request, honest)


def elsewhere(request: Request, honest: faults.Honest) -> Reply:
    """Name a next page on another host."""
    if request.place == GRAPH_PATH:
        return faults.edited(**{"$skipToken": "bm8="})(request, honest)
    return faults.next_link(lambda _: "https://elsewhere.invalid/page")(request, honest)


PASSING: Final[dict[str, Act]] = {
    "429 with Retry-After": faults.throttled({"Retry-After": "1"}),
    "429 with a date": faults.throttled({"Retry-After": "Wed, 01 Jan 2200 00:00:00 GMT"}),
    "429 with milliseconds": faults.throttled({"retry-after-ms": "20"}),
    "429 with the quota header": faults.throttled({"x-ms-user-quota-resets-after": "00:00:05"}),
    "429 without a header": faults.throttled(),
    "500": faults.error(500),
    "502": faults.html(502),
    "503": faults.html(503),
    "504": faults.error(504, "GatewayTimeout"),
    "reset": faults.RESET,
    "silence": faults.SILENCE,
    "body cut off": faults.cut_off,
}
"""Transient faults."""

FAULTS: Final[dict[str, Act]] = {
    **PASSING,
    "a page of HTML": faults.html(200),
    "nothing": faults.text(""),
    "pages that never end": looping,
    "a next page elsewhere": elsewhere,
}


class Untroubled:
    """The audit without faults, and the calls that it made."""

    def __init__(self, azure: LoopbackAzure, policy: Policy) -> None:
        self.report: Report = audited(azure, policy)
        assert self.report.gaps == ()
        self.requests = tuple(azure.requests)

    def calls(self, scanner: Scanner) -> list[Key]:
        """Return the calls of a scanner, in order."""
        matches = [
            *(faults.asks(query.text) for query in scanner.queries),
            *(
                faults.reads(RESOURCE_GROUP_TYPE if read.of_group else read.of, read.path)
                for read in scanner.reads
            ),
        ]
        return [
            key_of(request)
            for request in self.requests
            if any(matching(request) for matching in matches)
        ]


@pytest.fixture(scope="module")
def untroubled(certificates: Certificates, policy: Policy) -> Untroubled:
    """Audit a small estate."""
    with trusting(certificates), serving(certificates) as azure:
        return Untroubled(azure, policy)


def serving(certificates: Certificates) -> LoopbackAzure:
    """Return an Azure with one subscription of the small estate, in small pages."""
    served = [each for each in small.documents() if small.LABORATORY not in each["id"]]
    return LoopbackAzure(certificates, served, page_size=PAGE_SIZE)


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve a small estate."""
    with serving(certificates) as served:
        yield served


def key_of(request: Request) -> Key:
    """Return what identifies a request across runs, which start at different times."""
    query = (each for each in request.query.items() if each[0] != "timespan")
    return request.method, request.place, tuple(sorted(query)), request.body


def at(place: str, calls: list[Key]) -> Key:
    """Return the first, a middle or the last of the calls."""
    return calls[{"first": 0, "middle": len(calls) // 2, "last": -1}[place]]


def places(number: int) -> tuple[str, ...]:
    """Return the calls at which a case is tried."""
    return PLACES if IS_FULL else (PLACES[number % len(PLACES)],)


LASTING: Final = [
    pytest.param(fault, scanner, place, id=f"{scanner.name}-{place}-{fault}")
    for row, fault in enumerate([*FAULTS, "expired token"])
    for column, scanner in enumerate(SCANNERS)
    for place in places(row + column)
]


@pytest.fixture(autouse=True)
def _impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a short timeout only where no answer comes: anywhere else a busy machine needs longer."""
    case = request.node.callspec.params
    if case["fault"] == "silence":
        seconds = 0.1 if "scanner" in case else 3.0
        monkeypatch.setattr("amlaudit.scanners.transport._READ_SECONDS", seconds)


@pytest.mark.parametrize(("fault", "scanner", "place"), LASTING)
def test_a_fault_that_lasts(  # noqa: PLR0913, PLR0917 - fixtures
    fault: str,
    scanner: Scanner,
    place: str,
    azure: LoopbackAzure,
    untroubled: Untroubled,
    policy: Policy,
) -> None:
    struck = strike(azure, fault, at(place, untroubled.calls(scanner)))
    after = audited(azure, policy)
    assert struck.matched
    assert_same_or_named(untroubled.report, after)


def strike(azure: LoopbackAzure, fault: str, call: Key) -> Fault:
    """Apply a fault to one call, however often it is retried."""
    if fault == "expired token":
        expired = faults.ExpiredToken()
        return azure.fail(lambda each: key_of(each) == call or expired.when(each), expired)
    return azure.fail(lambda each: key_of(each) == call, FAULTS[fault])


@pytest.mark.parametrize(
    ("fault", "place"),
    [(fault, place) for number, fault in enumerate(PASSING) for place in places(number)],
)
def test_a_transient_fault_in_every_scanner_changes_nothing(
    fault: str, place: str, azure: LoopbackAzure, untroubled: Untroubled, policy: Policy
) -> None:
    struck = [
        azure.fail(matching(at(place, untroubled.calls(scanner))), PASSING[fault], nth=(1,))
        for scanner in SCANNERS
    ]
    after = audited(azure, policy)
    assert all(each.matched > 1 for each in struck)
    assert after.gaps == ()
    assert told(after) == told(untroubled.report)


def matching(call: Key) -> Callable[[Request], bool]:
    """Match one call."""
    return lambda each: key_of(each) == call
