"""A count describes what decided it, and shows every member that did."""

from amlaudit.core.conditions import (
    FALSE,
    TRUE,
    UNKNOWN,
    AllOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Default,
    Exists,
    Not,
    Operator,
)
from amlaudit.core.relations import COMPUTE
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Seen
from amlaudit.engine.compile import compile_condition
from amlaudit.engine.outcome import Outcome
from tests.estates import WORKSPACE_ID, estate, gap, resource, subject

BIG = Exists(("properties", "big"), wanted=True)
SIZED = Comparison(("properties", "size"), Operator.EQUALS, "s")


def computes(of: Condition, operator: Operator, number: int, *bodies: str, **seen: bool) -> Outcome:
    """Count computes named a, b, … that are big, small, or of unknown size."""
    contents: dict[str, dict[str, object]] = {"big": {"big": 1}, "small": {}, "hidden": {}}
    others: list[Resource] = []
    for name, body in zip("abcdef", bodies, strict=False):
        gaps = ("properties",) if body == "hidden" else ()
        resource_id = f"{WORKSPACE_ID}/computes/{name}"
        others.append(resource(resource_id, {"properties": contents[body]}, gaps=gaps))
    vouched = ((WORKSPACE_ID, COMPUTE),) if seen.get("whole", True) else ()
    workspace = resource(WORKSPACE_ID)
    condition = CountNeighbours("computes", of, operator, number)
    whole = estate(workspace, *others, seen=vouched)
    return compile_condition(condition)(Subject(workspace, whole))


def told(outcome: Outcome) -> tuple[str, str, str, Seen]:
    (look,) = outcome.looks
    return look.path, look.expected, str(look.observed), look.seen


def test_none_there() -> None:
    found = computes(BIG, Operator.EQUALS, 0)
    assert found.truth == TRUE
    assert told(found) == ("-> computes", "0", "none found", Seen.PRESENT)


def test_those_that_match_and_should_not_are_named() -> None:
    found = computes(BIG, Operator.EQUALS, 0, "big", "small", "big", "big")
    assert found.truth == FALSE
    assert told(found) == ("-> computes", "0", "3 of 4 match: a, c …", Seen.PRESENT)
    workspace = resource(WORKSPACE_ID)
    assert all(each.origin == workspace.origin for each in found.evidence(workspace))
    shown = {each.resource_id.rpartition("/")[2] for each in found.evidence(workspace)}
    assert shown == {"ws", "a", "c", "d"}


def test_those_that_do_not_match_and_should_are_named() -> None:
    found = computes(BIG, Operator.GREATER_OR_EQUALS, 3, "big", "small", "small", "big")
    assert found.truth == FALSE
    assert told(found)[2] == "2 of 4 match, not b, c"


def test_a_count_that_is_met_exactly_names_those_that_match() -> None:
    found = computes(BIG, Operator.EQUALS, 2, "big", "small", "big")
    assert found.truth == TRUE
    assert told(found)[2] == "2 of 3 match: a, c"


def test_those_of_which_it_is_not_known_are_counted_and_not_named() -> None:
    found = computes(BIG, Operator.EQUALS, 0, "small", "hidden")
    assert found.truth == UNKNOWN
    assert told(found) == ("-> computes", "0", "0 of 2 match, 1 unknown", Seen.GAP)
    assert found.gap
    assert found.gap == gap(f"{WORKSPACE_ID}/computes/b", "properties")


def test_a_count_that_must_not_be_met_names_those_that_meet_it() -> None:
    found = computes(BIG, Operator.NOT_EQUALS, 2, "big", "small", "big")
    assert found.truth == FALSE
    assert told(found)[2] == "2 of 3 match: a, c"


def test_counts_show_their_members_beside_other_conditions_too() -> None:
    some = CountMembers(("list",), Exists(("x",), wanted=True), Operator.EQUALS, 0)
    whole = subject({"list": [{"x": 1}, {"x": 1}], "kind": "x"})
    both = AllOf((some, Exists(("kind",), wanted=True)))
    for condition in (some, both, Not(both)):
        found = compile_condition(condition)(whole).evidence(whole.resource)
        assert [each.path for each in found] == ["list", "list[0].x", "list[1].x"]


def test_equal_members_are_each_shown_where_they_stand() -> None:
    same = Comparison(("x",), Operator.EQUALS, 1)
    whole = subject({"list": [{"x": 1}] * 4})
    counted = compile_condition(CountMembers(("list",), same, Operator.EQUALS, 4))
    for _ in range(2):
        found = counted(whole).evidence(whole.resource)
        assert [each.path for each in found[1:]] == [f"list[{number}].x" for number in range(4)]


def test_possible_further_members_are_mentioned() -> None:
    found = computes(BIG, Operator.EQUALS, 0, "small", whole=False)
    assert found.truth == UNKNOWN
    assert told(found)[2] == "0 of 1 match, possibly more"
    assert found.gap
    assert found.gap.part == COMPUTE
    enough = computes(BIG, Operator.GREATER_OR_EQUALS, 1, "big", whole=False)
    assert (enough.truth, enough.gap) == (TRUE, None)
    assert told(enough)[2] == "1 of 1 match: a, possibly more"


def test_members_of_a_list_are_not_named() -> None:
    body: dict[str, object] = {"list": [{"size": "s"}, {"size": "m"}]}
    where = Comparison(("size",), Operator.EQUALS, "s")
    counting = CountMembers(("list",), where, Operator.EQUALS, 0)
    found = compile_condition(counting)(subject(body))
    assert told(found) == ("list", "0", "1 of 2 match", Seen.PRESENT)


def test_a_list_that_is_absent_is_a_default_or_not_known() -> None:
    counting = CountMembers(("list",), None, Operator.EQUALS, 0, Default(()))
    found = compile_condition(counting)(subject({}))
    assert told(found) == ("list", "0", "none found", Seen.DEFAULT)
    asking = CountMembers(("list",), None, Operator.LESS, 3)
    open_still = compile_condition(asking)(subject({}))
    assert open_still.truth == UNKNOWN
    assert [(each.path, each.expected) for each in open_still.looks] == [("list", "less than 3")]


def test_a_non_list_is_unknown() -> None:
    asking = CountMembers(("list",), None, Operator.GREATER, 3)
    found = compile_condition(asking)(subject({"list": "text"}))
    assert found.truth == UNKNOWN
    assert [(each.path, each.expected) for each in found.looks] == [("list", "more than 3")]


def test_neighbours_that_match_because_of_others_are_named_with_these() -> None:
    behind = CountNeighbours("workspace", None, Operator.GREATER_OR_EQUALS, 1)
    named = CountNeighbours(
        "workspace", Exists(("kind",), wanted=False), Operator.GREATER_OR_EQUALS, 1
    )
    for where, told_behind in ((named, "a (ws)"), (behind, "a"), (BIG, "a")):
        found = computes(where, Operator.EQUALS, 0, "big")
        assert told(found)[2] == f"1 of 1 match: {told_behind}"
