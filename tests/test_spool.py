"""Findings arrive in any order and are returned in sorted order, few or many."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from amlaudit.core.ranked import by_rule, resources_of, unknown_in
from amlaudit.core.report import Finding
from amlaudit.core.resource import frozen
from amlaudit.core.verdict import Evidence, Seen, ok
from amlaudit.spool import Spool
from tests.reporters.sample_rules import RULES
from tests.reporters.samples import sample

FINDINGS = tuple(sample().findings)


def several(count: int) -> Iterator[Finding]:
    """Yield findings that differ only in their subject, in reverse order."""
    (first, *_) = FINDINGS
    for number in reversed(range(count)):
        yield Finding(first.rule, first.resource, first.verdict, f"{number:06}")


def test_few_findings_are_sorted() -> None:
    assert list(Spool(reversed(FINDINGS), RULES)) == sorted(FINDINGS, key=Finding.rank)


@given(order=st.permutations(FINDINGS), most=st.integers(1, len(FINDINGS) + 2))
def test_as_many_as_there_are_and_as_few_as_fit(order: list[Finding], most: int) -> None:
    spool = Spool(order, RULES, most)
    assert len(spool) == len(FINDINGS)
    assert list(spool) == list(spool) == sorted(FINDINGS, key=Finding.rank)


@given(order=st.permutations(FINDINGS), most=st.integers(1, len(FINDINGS) + 2))
def test_queries_give_the_same_as_on_a_list(order: list[Finding], most: int) -> None:
    spool, listed = Spool(order, RULES, most), sorted(FINDINGS, key=Finding.rank)
    assert list(unknown_in(spool)) == list(unknown_in(listed))
    assert list(resources_of(spool)) == list(resources_of(listed))
    assert [(rule, [*found]) for rule, found in by_rule(spool)] == [
        (rule, [*found]) for rule, found in by_rule(listed)
    ]


def test_an_unread_rule_is_skipped() -> None:
    passed_over = [rule for rule, _ in by_rule(Spool(FINDINGS, RULES, limit=1))]
    assert passed_over == [rule for rule, _ in by_rule(Spool(FINDINGS, RULES))]


def test_runs_of_many_batches_come_back_in_order() -> None:
    spool = Spool(several(2_000), RULES, limit=700)
    assert [each.subject_key for each in spool] == [f"{number:06}" for number in range(2_000)]


def test_two_readers_do_not_disturb_each_other() -> None:
    spool = Spool(several(1_000), RULES, limit=300)
    assert list(zip(spool, spool, strict=True)) == [(each, each) for each in spool]


def test_it_knows_what_is_in_it() -> None:
    (first, *others) = FINDINGS
    spool = Spool(others, RULES, limit=1)
    assert others[-1] in spool
    assert first not in spool


def test_no_findings_are_no_problem() -> None:
    assert list(Spool((), RULES)) == []


def test_evidence_round_trips() -> None:
    (first, *_) = FINDINGS
    seen = Evidence(first.resource.id, "tags", "", frozen({"a": [1, {"b": None}]}), Seen.PRESENT)
    finding = Finding(first.rule, first.resource, replace(ok("fine"), looks=(seen,)))
    (back,) = Spool([finding], RULES, limit=1)
    assert back == finding
