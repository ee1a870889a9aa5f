"""Small policies for tests: rules judged on one resource, with few surroundings."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from amlaudit.core.gap import NoDataError
from amlaudit.core.resource import Document, Resource
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.definition import read_definition
from amlaudit.engine.policy.evaluate import Outcome, State, compile_policy
from amlaudit.engine.policy.frame import Search
from amlaudit.language.values import Unknown
from tests.estates import GROUP, gap, resource

THING = "Test.Provider/things"
THING_ID = f"{GROUP}/providers/{THING}/thing"
ALIASES = Aliases(frozenset({THING.lower()}))

YES, NO = State.NON_COMPLIANT, State.COMPLIANT
BODY: dict[str, Any] = {
    "id": THING_ID,
    "type": THING,
    "name": "thing",
    "location": "West Europe",
    "kind": "Hub",
    "tags": {"env": "Prod", "it's": "odd", "cost.centre": "7"},
    "properties": {
        "text": "Abc",
        "number": 5,
        "float": 5.0,
        "flag": True,
        "null": None,
        "date": "2026-01-02T00:00:00Z",
        "object": {"Key": 1},
        "list": ["a", "b", "c"],
        "empty": [],
        "members": [
            {"name": "one", "inner": [1, 2], "at": "x"},
            {"name": "two", "inner": [3, 4]},
        ],
    },
}


class Around(Struct, dict=True):
    """Surroundings given by a test."""

    others: tuple[Resource, ...] = ()
    missing: bool = False
    asked: list[Search] = field(default_factory=list)
    tags: object = field(default_factory=lambda: Unknown(gap(GROUP, "tags")))

    def group(self) -> Mapping[str, object]:
        return {"name": "RG", "location": "West Europe", "tags": self.tags}

    def groups_above(self) -> tuple[str, ...]:
        return ()

    def subscription(self) -> Mapping[str, object]:
        return {"subscriptionId": "sub", "id": "/subscriptions/sub"}

    def related(self, search: Search) -> Iterator[Resource]:
        self.asked.append(search)
        yield from (each for each in self.others if each.type == search.arm_type)
        if self.missing:
            raise NoDataError(gap(GROUP, search.arm_type))


def policy(condition: object, **properties: Any) -> dict[str, Any]:
    """Return a definition; `effect` and `details` are put where they belong."""
    then = {"effect": properties.pop("effect", "audit")}
    if "details" in properties:
        then["details"] = properties.pop("details")
    rule = {"if": condition, "then": then}
    return {"mode": "All", **properties, "policyRule": rule}


def run(
    document: Mapping[str, Any],
    body: Document | None = None,
    *,
    around: Around | None = None,
    gaps: tuple[str, ...] = (),
    given: Mapping[str, object] | None = None,
) -> Outcome:
    """Return the outcome of a definition on a resource."""
    subject = resource(THING_ID, BODY if body is None else body, gaps=gaps)
    evaluate = compile_policy(read_definition(document, "test"), given or {}, ALIASES)
    return evaluate(subject, around or Around())


def judge(condition: object, body: Document | None = None, **options: Any) -> Outcome:
    """Return the outcome of a rule that audits what meets a condition."""
    return run(policy(condition), body, **options)


def value_of(expression: str, **options: Any) -> object:
    """Return the value of an expression, as shown in the evidence of a rule."""
    outcome = judge({"value": f"[createArray({expression})]", "equals": "no"}, **options)
    assert outcome.state is State.COMPLIANT, outcome.message
    observed = outcome.evidence[0].observed
    assert isinstance(observed, list)
    return observed[0]


def failure_of(expression: str, **options: Any) -> str:
    """Return why evaluating an expression fails."""
    outcome = judge({"value": f"[{expression}]", "equals": "no"}, **options)
    assert outcome.state is State.ERROR, outcome
    return outcome.message
