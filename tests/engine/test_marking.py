"""Findings with marks: however they are iterated over, each comes with its own."""

from operator import attrgetter

from msgspec.structs import replace

from amlaudit.core.history import Change
from amlaudit.core.ranked import by_rule, resources_of, unknown_in
from amlaudit.core.report import Finding
from amlaudit.core.verdict import Status
from amlaudit.engine.marking import Changed, Marked
from tests.reporters.samples import sample

FINDINGS = tuple(sample().findings)


def mark(finding: Finding) -> Finding:
    is_fail = finding.verdict.status is Status.FAIL
    return replace(finding, change=Change.NEW if is_fail else None, first_seen=sample().at)


MARKED = tuple(map(mark, FINDINGS))


def test_they_are_as_many_and_in_the_same_order() -> None:
    marked = Marked(FINDINGS, mark)
    assert (len(marked), tuple(marked), tuple(marked)) == (len(FINDINGS), MARKED, MARKED)
    assert MARKED[0] in marked
    assert FINDINGS[0] not in marked


def test_every_way_through_them_has_the_marks() -> None:
    marked = Marked(FINDINGS, mark)
    assert [(rule, tuple(found)) for rule, found in by_rule(marked)] == [
        (rule, tuple(found)) for rule, found in by_rule(MARKED)
    ]
    unknown = tuple(unknown_in(marked))
    assert unknown == tuple(each for each in MARKED if each.verdict.status is Status.UNKNOWN)
    assert {each.first_seen for each in unknown} == {sample().at}


def test_marks_do_not_change_the_subjects_of_findings() -> None:
    named = {each.resource.id: each.resource for each in FINDINGS}
    expected = sorted(named.values(), key=attrgetter("id"))
    assert list(resources_of(Marked(FINDINGS, mark))) == expected


def test_findings_changed_beyond_a_mark_are_iterated_in_their_order() -> None:
    def renamed(finding: Finding) -> Finding:
        return replace(finding, resource=replace(finding.resource, name="masked"))

    changed = Changed(FINDINGS, renamed)
    assert {each.name for each in resources_of(changed)} == {"masked"}
    assert {each.resource.name for each in unknown_in(changed)} == {"masked"}
