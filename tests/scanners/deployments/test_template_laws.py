"""Laws of the evaluator, over random expressions and random templates."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from amlaudit.core.errors import AmlauditError
from amlaudit.core.gap import Reason
from amlaudit.core.scope import Scope
from amlaudit.scanners.deployments.templates.context import Budget, Context
from amlaudit.scanners.deployments.templates.evaluator import evaluate
from amlaudit.scanners.deployments.templates.parameters import given_in
from amlaudit.scanners.deployments.templates.pending import Pending, first_pending, pending
from amlaudit.scanners.deployments.templates.scope import Source, context_of
from amlaudit.scanners.deployments.templates.target import Target
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.templates import nested, template, vault


class Nothing:
    """A deployment that declares nothing."""

    def __init__(self) -> None:
        self.budget = Budget()

    def reference(self, resource: object, *, full: bool) -> object:
        return pending(f"{resource} {full}")

    def existing(self, resource: object, *, full: bool) -> object:
        return self.reference(resource, full=full)

    def group(self, group_id: str, keys: Collection[str]) -> Mapping[str, object]:
        return {key: pending(group_id) for key in keys}


PARAMETERS = {"text": {"type": "string"}, "list": {"type": "array"}, "whole": {"type": "object"}}
ATOMS = st.sampled_from(
    [
        "''", "'a'", "'A,b'", "0", "1", "null()", "true()", "false()", "createArray()",
        "parameters('text')", "parameters('list')", "parameters('whole')", "resourceGroup().id",
        "parameters('whole').x", "parameters('list')[0]",
    ]
)  # fmt: skip
CALLS = {
    1: ["empty", "length", "toLower", "toUpper", "first", "last", "not", "string", "createArray",
        "uniqueString", "trim", "array", "json", "flatten", "items", "objectKeys", "bool", "int"],
    2: ["concat", "equals", "contains", "and", "or", "coalesce", "split", "union", "createArray",
        "tryGet", "skip", "take", "intersection", "less", "startsWith", "join", "indexOf", "map",
        "createObject", "filter", "add", "format"],
    3: ["if", "concat", "coalesce", "replace", "union", "createArray"],
}  # fmt: skip


def calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def call(size: int) -> st.SearchStrategy[str]:
        names = st.sampled_from(CALLS[size])
        return st.builds(spelled, names, st.lists(inner, min_size=size, max_size=size))

    return st.integers(1, 3).flatmap(call)


def spelled(name: str, arguments: list[str]) -> str:
    if name in ("map", "filter"):
        body = arguments[1].replace("'a'", "lambdaVariables('v')")
        return f"{name}({arguments[0]}, lambda('v', {body}))"
    if name == "format":
        return f"format('{{0}}-{{1}}', {', '.join(arguments)})"
    return f"{name}({', '.join(arguments)})"


EXPRESSIONS = st.recursive(ATOMS, calls, max_leaves=12)
TEXTS = st.sampled_from(["", "a", "A,b", "/x/y"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


def context(values: dict[str, Any], target: Target) -> Context:
    entries = {name: {"value": value} for name, value in values.items()}
    given_values = given_in(entries, lambda value: value)
    return context_of(Source({"parameters": PARAMETERS}), given_values, target, "d", Nothing())


@settings(max_examples=200)
@given(EXPRESSIONS, TEXTS, st.lists(VALUES, max_size=3), st.dictionaries(st.just("x"), VALUES))
def test_supplying_a_parameter_does_not_change_known_verdicts(
    expression: str, text: str, values: list[Any], whole: dict[str, Any]
) -> None:
    before = evaluate(f"[{expression}]", context({}, Target()))
    # Ids are known as far as needed to identify something, so that they can be keys.
    if first_pending(before, lambda: None) is None and "resource-group-of" not in str(before):
        told = {"text": text, "list": values, "whole": whole}
        where = Target(subscription="s", group="g")
        after = evaluate(f"[{expression}]", context(told, where))
        is_refused = isinstance(after, Pending) and after.gap.reason is Reason.UNSUPPORTED
        assert is_refused or after == before  # a string instead of a boolean: no deployment


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 900) | TEXTS
    | EXPRESSIONS.map(lambda each: f"[{each}]"),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["copy", "name", "count", "input", "value"]), inner),
    max_leaves=5,
)  # fmt: skip
WHOLE = template(
    vault(copy={"name": "c", "count": 2}, properties={"copy": [{"name": "n", "count": 1}]}),
    nested("m", template(vault("kv2"), outputs={"o": {"value": 1}}), properties={"parameters": {}}),
    parameters={"p": {"type": "string", "defaultValue": "x"}},
    variables={"v": "[parameters('p')]", "copy": [{"name": "l", "count": 1, "input": 1}]},
    functions=[{"namespace": "n", "members": {"f": {"parameters": [], "output": {"value": 1}}}}],
)


def places(value: Any) -> int:
    members = value.values() if isinstance(value, dict) else value
    return 1 + sum(map(places, members)) if isinstance(value, dict | list) else 1


def replaced(value: Any, at: int, junk: Any) -> tuple[Any, int]:
    """Return a value with junk as its nth value, and what is left of n after it."""
    if at == 0:
        return junk, -1
    at -= 1
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, member in value.items():
            found[key], at = replaced(member, at, junk) if at >= 0 else (member, at)
        return found, at
    if isinstance(value, list):
        members = []
        for member in value:
            new, at = replaced(member, at, junk) if at >= 0 else (member, at)
            members.append(new)
        return members, at
    return value, at


@settings(max_examples=60)
@given(st.integers(1, places(WHOLE) - 1), JUNK)
def test_a_malformed_template_is_read_or_refused(at: int, junk: Any) -> None:
    content, _ = replaced(WHOLE, at, junk)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "main.json"
        path.write_text(json.dumps(content), "utf-8")
        with suppress(AmlauditError):
            Files((path,)).collect(Scope()).close()
