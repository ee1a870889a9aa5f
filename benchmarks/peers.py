"""The conditions of the benchmark, implemented with other engines and in plain Python.

Every judge takes a resource and returns a truth value (0 false, 1 unknown, 2 true) with evidence
for what failed. The other engines do less than amlaudit: they compare case-sensitively and without
checking types.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.resource import Resource

FALSE, UNKNOWN, TRUE = 0, 1, 2
_REGO: Final = "package judged\n\nimport rego.v1\n\nanswer := data.truths"
"""The truth values of the known clauses as one object: an unknown one is undefined."""


class Found(NamedTuple):
    """Evidence for one failed clause."""

    resource_id: str
    path: str
    expected: object
    observed: object
    source: str


Judged: TypeAlias = tuple[int, tuple[Found, ...]]
Judge: TypeAlias = Callable[[Resource], Judged]


Scalar: TypeAlias = str | bool | int


class Clause(NamedTuple):
    """A property compared with a value.

    Attributes:
        name: Of the property, below `properties`.
        wanted: The value that it must equal.
        default: What its absence means; None: nothing.
    """

    name: str
    wanted: Scalar
    default: Scalar | None = None


CLAUSES: Final = (
    Clause("publicNetworkAccess", "Disabled", "Enabled"),
    Clause("systemDatastoresAuthMode", "Identity"),
    Clause("v1LegacyMode", wanted=False, default=False),
)


def _found(resource: Resource, clause: Clause) -> Found:
    """Return the evidence that a clause fails."""
    observed = resource.body["properties"].get(clause.name, clause.default)  # type: ignore[attr-defined]
    path = f"properties.{clause.name}"
    return Found(resource.id, path, clause.wanted, observed, resource.origin.source)


def _judged(
    resource: Resource, truths: Iterable[bool | None], clauses: tuple[Clause, ...]
) -> Judged:
    """Return the conjunction of clauses, None meaning unknown."""
    truth, failed = TRUE, []
    for each, clause in zip(truths, clauses, strict=True):
        if each is None:
            truth = min(truth, UNKNOWN)
        elif not each:
            truth = FALSE
            failed.append(_found(resource, clause))
    return truth, tuple(failed)


def by_hand(clauses: tuple[Clause, ...]) -> Judge:
    """Return closures written by hand for these conditions only."""
    tests = [_by_hand(each) for each in clauses]
    if len(tests) == 1:
        return tests[0]

    def judge(resource: Resource) -> Judged:
        lowest = TRUE
        failed: tuple[Found, ...] = ()
        for test in tests:
            truth, found = test(resource)
            if truth < lowest:  # noqa: PLR1730 - faster than min
                lowest = truth
            if found:
                failed += found
        return lowest, failed

    return judge


def _by_hand(clause: Clause) -> Judge:
    """Return the closure of one clause."""
    name, wanted, default = clause
    folded = wanted.lower() if isinstance(wanted, str) else wanted
    kind, path = type(wanted), f"properties.{name}"
    hidden = (("properties",), ("properties", name.lower()))

    def judge(resource: Resource) -> Judged:
        if resource.gaps and any(steps in hidden for steps, _ in resource.gaps):
            return UNKNOWN, ()
        properties = resource.body.get("properties")
        if not isinstance(properties, dict):
            return UNKNOWN, ()
        value = properties.get(name)
        if value is None:
            if default is None:
                return UNKNOWN, ()
            value = default
        if type(value) is not kind:
            return UNKNOWN, ()
        if (value.lower() if isinstance(value, str) else value) == folded:
            return TRUE, ()
        return FALSE, (Found(resource.id, path, wanted, value, resource.origin.source),)

    return judge


def jmespath(clauses: tuple[Clause, ...]) -> Judge:
    """Return the conditions as one compiled JMESPath expression."""
    compiled = import_module("jmespath").compile(f"[{', '.join(map(_in_jmespath, clauses))}]")

    def judge(resource: Resource) -> Judged:
        return _judged(resource, compiled.search(resource.body), clauses)

    return judge


def _in_jmespath(clause: Clause) -> str:
    """Return a clause in JMESPath: true, false or null."""
    path = f"properties.{clause.name}"
    if clause.default is None:
        return f"{path} && ({path} == {_literal(clause.wanted)})"
    return f"not_null({path}, {_literal(clause.default)}) == {_literal(clause.wanted)}"


def _literal(value: Scalar) -> str:
    """Return a scalar as a JMESPath literal."""
    return f"'{value}'" if isinstance(value, str) else f"`{str(value).lower()}`"


def cel(clauses: tuple[Clause, ...]) -> Judge:
    """Return the conditions as one compiled CEL expression, in which errors mean unknown.

    CEL's `&&` is itself three-valued. Clauses are evaluated one by one only if the conjunction
    fails.
    """
    runtime = import_module("cel_expr_python.cel")
    row = runtime.Type.Map(runtime.Type.STRING, runtime.Type.DYN)
    environment = runtime.NewEnv(variables={"row": row})
    texts = [_in_cel(each) for each in clauses]
    whole = environment.compile(" && ".join(f"({text})" for text in texts))
    parts = [environment.compile(text) for text in texts]

    def judge(resource: Resource) -> Judged:
        activation = environment.Activation({"row": resource.body})
        value = whole.eval(activation).value()
        if value is True:
            return TRUE, ()
        if value is not False:
            return UNKNOWN, ()
        if len(parts) == 1:
            return FALSE, (_found(resource, clauses[0]),)
        truths = (part.eval(activation).value() for part in parts)
        failed = (each for each, truth in zip(clauses, truths, strict=True) if truth is False)
        return FALSE, tuple(_found(resource, each) for each in failed)

    return judge


def _in_cel(clause: Clause) -> str:
    """Return a clause in CEL."""
    path = f"row.properties.{clause.name}"
    test = f"{path} == {_scalar(clause.wanted)}"
    if clause.default is None:
        return test
    return f"has({path}) ? {test} : {_scalar(clause.default == clause.wanted)}"


def _scalar(value: Scalar) -> str:
    """Return a scalar as a literal of CEL and Rego."""
    return json.dumps(value)


def regorus(clauses: tuple[Clause, ...]) -> Judge:
    """Return the conditions as a Rego policy in the Rust engine.

    Its Python binding passes booleans as numbers, which the policy allows for: the alternative,
    JSON text, would cost it more.
    """
    engine = import_module("regorus").Engine()
    engine.add_policy("truths.rego", _in_rego(map(_with_numbers, clauses)))
    engine.add_policy("judged.rego", _REGO)

    def judge(resource: Resource) -> Judged:
        engine.set_input(resource.body)
        return _of_rego(resource, engine.eval_rule("data.judged.answer"), clauses)

    return judge


def _with_numbers(clause: Clause) -> Clause:
    """Return a clause with numbers in place of booleans."""
    wanted, default = (int(x) if isinstance(x, bool) else x for x in clause[1:])
    return Clause(clause.name, wanted or 0, default)


def regopy(clauses: tuple[Clause, ...]) -> Judge:
    """Return the conditions as a Rego policy in the C++ engine."""
    engine = import_module("regopy").Interpreter()
    engine.add_module("truths.rego", _in_rego(clauses))
    engine.add_module("judged.rego", _REGO)

    def judge(resource: Resource) -> Judged:
        engine.set_input(resource.body)
        answer = json.loads(str(engine.query("data.judged.answer")))
        return _of_rego(resource, answer["expressions"][0], clauses)

    return judge


def _in_rego(clauses: Iterable[Clause]) -> str:
    """Return clauses in Rego, as an object with the known ones."""
    rules = ["package truths", "", "import rego.v1"]
    for clause in clauses:
        value = f"input.properties.{clause.name}"
        if clause.default is not None:
            absent = _scalar(clause.default)
            value = f'object.get(input.properties, "{clause.name}", {absent})'
        rules += [
            f"{clause.name} := true if {value} == {_scalar(clause.wanted)}",
            f"{clause.name} := false if {value} != {_scalar(clause.wanted)}",
        ]
    return "\n".join(rules)


def _of_rego(resource: Resource, answer: Mapping[str, bool], clauses: tuple[Clause, ...]) -> Judged:
    """Return the result that an answer of a Rego engine means."""
    return _judged(resource, (answer.get(each.name) for each in clauses), clauses)
