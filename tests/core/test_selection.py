"""A report limited to some statuses omits the findings of the others, and says so."""

from msgspec.structs import replace

from amlaudit.core.selection import limited
from amlaudit.core.verdict import Status
from tests.reporters.samples import sample

WHOLE = sample()
FAILS = [each for each in WHOLE.findings if each.verdict.status is Status.FAIL]
OTHERS = [each for each in WHOLE.findings if each.verdict.status is not Status.FAIL]


def test_only_findings_of_the_selected_statuses_remain() -> None:
    left = limited(WHOLE, [Status.FAIL])
    assert list(left.findings) == FAILS
    assert len(left.findings) == len(FAILS) > 0
    assert FAILS[0] in left.findings
    assert OTHERS[0] not in left.findings
    assert left.only == (Status.FAIL,)


def test_what_was_counted_stays_that_of_all() -> None:
    left = limited(WHOLE, [Status.FAIL])
    assert (left.tally, left.score, left.gate) == (WHOLE.tally, WHOLE.score, WHOLE.gate)


def test_statuses_are_listed_in_their_own_order() -> None:
    left = limited(WHOLE, [Status.UNKNOWN, Status.FAIL])
    assert left.only == tuple(each for each in Status if each in (Status.FAIL, Status.UNKNOWN))
    assert {each.verdict.status for each in left.findings} <= {Status.FAIL, Status.UNKNOWN}


def test_a_report_that_is_limited_already_gets_no_findings_back() -> None:
    fails = replace(limited(WHOLE, [Status.FAIL]))
    again = limited(fails, [Status.FAIL, Status.PASS])
    assert again.only == (Status.FAIL,)
    assert list(again.findings) == FAILS
    assert len(again.findings) == len(FAILS)
