"""What is memoised for one resource is what would have been computed for the next."""

import os
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amlaudit.core.conditions import (
    TRUE,
    UNKNOWN,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Default,
    Not,
    Operator,
)
from amlaudit.core.path import parse_path
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict
from amlaudit.engine import memo
from amlaudit.engine.checks import check_of
from amlaudit.engine.compile import compile_condition
from amlaudit.engine.memo import memoised
from tests.estates import subject

NAMES = st.sampled_from(["a", "A", "b", "c"])
SCALARS = st.sampled_from(["x", "X", "y", "", True, False, 0, 1, 1.0, 2, None])
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=1),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=3)
COMPARISONS = st.builds(
    Comparison,
    st.sampled_from(["a", "b", "a.b", "a.c", "b.a.c"]).map(parse_path),
    st.sampled_from([Operator.EQUALS, Operator.NOT_EQUALS]),
    st.sampled_from(["x", "y", True, False, 0, 1]),
    st.none() | st.builds(Default, st.sampled_from(["x", False, 1]), st.sampled_from(["", "2"])),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    COMPARISONS,
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=1, max_size=3).map(lambda each: AllOf(tuple(each)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda each: AnyOf(tuple(each)))
    ),
    max_leaves=4,
)
SEEN = st.tuples(
    DOCUMENTS, st.sampled_from(["1", "2", ""]), st.sampled_from([(), ("a",), ("a.b",)])
)


@pytest.fixture(autouse=True, params=[0, 1, 3, memo._FEW])  # noqa: SLF001 - it must not matter
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the number of subjects after which code is generated for a condition."""
    monkeypatch.setattr(memo, "_FEW", request.param)


@settings(
    max_examples=2000 if os.environ.get("CI") else 100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the same for all examples
)
@given(require=CONDITIONS, when=st.none() | CONDITIONS, several=st.lists(SEEN, max_size=8))
def test_memory_never_changes_a_verdict(
    require: Condition,
    when: Condition | None,
    several: list[tuple[dict[str, object], str, tuple[str, ...]]],
) -> None:
    remembers = check_of(require, when)
    for document, version, gaps in several:
        own = subject(document, api_version=version, gaps=gaps)
        fresh: Verdict = check_of(require, when)(own)
        assert repr(remembers(own)) == repr(fresh)  # 1 and True are equal, but kept apart here


class Counted:
    """A judge that returns the value at a path, and counts its calls."""

    def __init__(self, path: str) -> None:
        self.asked = 0
        self.path = path

    def __call__(self, seen: Subject) -> object:
        self.asked += 1
        return seen.get(self.path, default="nothing")


def judged(judge: Counted, *documents: dict[str, Any], **how: bool) -> list[object]:
    asked = memoised(judge, [parse_path(judge.path)], **how)
    return [asked(subject(document)) for document in documents]


def test_equal_values_are_judged_once() -> None:
    judge = Counted("a.b")
    documents: list[dict[str, Any]] = [{"a": {"b": "x", "c": number}} for number in range(5)]
    assert judged(judge, *documents) == ["x"] * 5
    assert judge.asked == 1


@pytest.mark.parametrize("document", [{}, {"a": {}}, {"a": {"b": None}}, {"a": None}])
def test_absence_is_remembered_too(document: dict[str, Any]) -> None:
    judge = Counted("a.b")
    assert judged(judge, document, document, document) == ["nothing"] * 3
    assert judge.asked == 1


def test_names_are_found_in_any_case() -> None:
    judge = Counted("a.b")
    assert judged(judge, {"a": {}}, {"a": {"B": "x"}}, {"A": {"b": "x"}}, {"a": {}}) == [
        "nothing",
        "x",
        "x",
        "nothing",
    ]
    assert judge.asked == 2


def test_a_property_in_another_case_is_present_on_repetition_too() -> None:
    judge = Counted("a.b")
    documents: list[dict[str, Any]] = [{"a": {"B": each}} for each in ("x", "y", "x")]
    assert judged(judge, {"a": {}}, *documents, {"a": {}}) == ["nothing", "x", "y", "x", "nothing"]


def test_two_steps_that_differ_only_in_case_are_both_found_in_any_case() -> None:
    paths = [("a", "Id"), ("b", "id")]

    def judge(seen: Subject) -> list[object]:
        return [seen.get(".".join(path), default="nothing") for path in paths]

    asked = memoised(judge, paths)
    without: dict[str, Any] = {"a": {}, "b": {"id": "y"}}
    other: dict[str, Any] = {"a": {"id": "x"}, "b": {"id": "y"}}
    found = [asked(subject(each)) for each in (without, other) * (memo._FEW + 2)]  # noqa: SLF001 - until code is generated
    assert found == [["nothing", "y"], ["x", "y"]] * (memo._FEW + 2)  # noqa: SLF001 - same


def test_memory_of_one_api_version_does_not_apply_to_another() -> None:
    since = Default("Enabled", since="2024-10-01")
    judge = compile_condition(Comparison(("a",), Operator.EQUALS, "Enabled", since))
    versions = ("2025-01-01", "2023-01-01") * 2
    found = [judge(subject({}, api_version=each)).truth for each in versions]
    assert found == [TRUE, UNKNOWN, TRUE, UNKNOWN]


def test_a_null_is_not_absence_where_versions_matter() -> None:
    asked = memoised(lambda seen: "a" in cast("Any", seen.node), [("a",)], by_version=True)
    documents: list[dict[str, Any]] = [{"a": None}, {}, {"a": None}, {}]
    assert [asked(subject(each)) for each in documents] == [True, False, True, False]


def test_flags_are_remembered_beside_each_other() -> None:
    judge = Counted("a")
    asked = memoised(judge, [("a",), ("b",)])
    documents: list[dict[str, Any]] = [{"a": True, "b": each} for each in (False, False, 0)]
    assert [asked(subject(each)) for each in documents] == [True, True, True]
    assert judge.asked == 2


def test_values_of_different_types_are_different() -> None:
    judge = Counted("a")
    values = judged(judge, {"a": True}, {"a": 1}, {"a": 1.0}, {"a": True}, {"a": "1"})
    assert [repr(each) for each in values] == ["True", "1", "1.0", "True", "'1'"]


def test_lists_are_judged_each_time() -> None:
    judge = Counted("a")
    assert judged(judge, {"a": []}, {"a": []}) == [(), ()]
    assert judge.asked == 2


def test_memory_is_bounded() -> None:
    judge = Counted("a")
    documents = [{"a": f"value {number}"} for number in range(1100)]
    judged(judge, *documents, *documents[:1024], *documents[1024:])
    assert judge.asked == 1100 + 1100 - 1024


def test_a_part_is_not_mistaken_for_another() -> None:
    (first, second) = subject({"list": [{"a": "x"}, {"a": "x"}]}).each("list")
    judge = Counted("a")
    asked = memoised(judge, [("a",)])
    assert (asked(first), asked(second), judge.asked) == ("x", "x", 2)


def test_a_part_is_not_mistaken_for_the_whole() -> None:
    (part,) = subject({"list": [{"a": "x"}]}).each("list")
    judge = Counted("a")
    asked = memoised(judge, [("a",)])
    whole = subject({"a": "x"})
    assert (asked(whole), asked(whole), asked(part), judge.asked) == ("x", "x", "x", 2)


def test_code_is_written_for_what_is_asked_often() -> None:
    judge = Counted("a")
    asked = memoised(judge, [("a",)])
    before = memo._code_of.cache_info()  # noqa: SLF001 - what this is about
    for _ in range(memo._FEW):  # noqa: SLF001 - same
        asked(subject({"a": "x"}))
    assert memo._code_of.cache_info() == before  # noqa: SLF001 - same
    for _ in range(2):
        assert asked(subject({"a": "x"})) == "x"
    assert memo._code_of.cache_info() != before  # noqa: SLF001 - same
    assert judge.asked == 1
