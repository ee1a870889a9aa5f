"""Policy definitions in deployment templates, with the variables of the template filled in.

A template compiled from Bicep has the files it loaded as variables, and a loop over them:
https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-files
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from amlaudit.core.path import ABSENT
from amlaudit.core.patterns import late_pattern
from amlaudit.engine.policy.definition import unescape
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.expressions import Access, Call, Literal, Node, is_expression, literal, parse
from amlaudit.language.lists import entries
from amlaudit.language.values import EvaluationError, has_key, is_list, items, lookup
from amlaudit.rulebook.policy_selectors import folded, objects
from amlaudit.strict_json import load_json

KINDS: Final = frozenset(
    {"policyassignments", "policydefinitions", "policyexemptions", "policysetdefinitions"}
)
"""Policy-related resource types, without their provider, lower case."""

_NEEDED: Final = frozenset({"mode", "parameters", "policydefinitions", "policyrule"})
"""Keys of a definition or a set whose values must be known, lower case."""

_CONDITIONS: Final = frozenset(
    {"allof", "anyof", "count", "existencecondition", "if", "not", "then", "where"}
)
"""Keys of a rule that contain conditions, lower case."""

_VARIABLE: Final = late_pattern(r"\bvariables\(\s*'([^']*)'\s*\)", re.IGNORECASE)

_DEEPEST: Final = 16
"""How deeply variables may be nested in other variables."""

_MAX_STEPS: Final = 500_000
"""How many JSON values one template may expand to."""

_MAX_ROUNDS: Final = 800
"""https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-resources"""


def definitions_in(template: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the definitions, sets, assignments and exemptions that a template deploys.

    Those in nested templates are included, those it only refers to (`existing`) are not. What the
    template computes from anything but literal variables is left as it is.

    Raises:
        DefinitionError: Its variables expand endlessly.
    """
    resources, variables = template.get("resources"), template.get("variables")
    values = _Variables(variables if isinstance(variables, Mapping) else {})
    for each in resources.values() if isinstance(resources, Mapping) else items(resources):
        if not isinstance(each, Mapping) or each.get("existing") is True:
            continue
        kind = each.get("type")
        last = kind.lower().rpartition("/")[2] if isinstance(kind, str) else ""
        if last in KINDS:
            for iteration in values.iterations_of(each.get("copy")):
                filled = {key: values.filled(value, iteration) for key, value in each.items()}
                yield {key: _in_its_language(value) for key, value in filled.items()}
        elif last == "deployments":
            inner = each.get("properties")
            nested = inner.get("template") if isinstance(inner, Mapping) else None
            yield from definitions_in(nested) if isinstance(nested, Mapping) else ()


def _in_its_language(value: object) -> object:
    """Return the properties of a definition as the service gets them, other values unchanged."""
    return unescape(value, deployed=True) if isinstance(value, Mapping) else value


def computed_in(document: Mapping[str, Any]) -> str:
    """Return the key of a definition or set that a template computes, empty if none is."""
    keys = folded(document)
    inner = keys.get("properties")
    kind = str(keys.get("type", "")).lower().rpartition("/")[2]
    if kind in KINDS and is_computed(inner):
        return "properties"
    properties = inner if isinstance(inner, Mapping) else document
    loops = properties.get("copy")
    looped = [folded(each).get("name") for each in items(loops) if isinstance(each, Mapping)]
    computed = [key for key, value in properties.items() if is_computed(value)]
    found = (each for each in (*computed, *looped) if str(each).lower() in _NEEDED)
    return str(next(found, "")) or _computed_within(folded(properties).get("policyrule"))


def _computed_within(rule: object) -> str:
    """Return where a template computes a condition of a rule, empty if nowhere."""
    parts = [(rule, "policyRule", True)]
    for part, at, is_condition in parts:  # to which those inside each are added on the way
        if is_condition and is_computed(part):
            return at
        if isinstance(part, Mapping):
            if "copy" in folded(part):
                return f"{at}.copy"
            parts += [
                (each, f"{at}.{key}", key.lower() in _CONDITIONS)
                for key, each in part.items()
                if key.lower() != "deployment"
            ]
        elif isinstance(part, list):
            parts += [(each, f"{at}[{place}]", is_condition) for place, each in enumerate(part)]
    return ""


def is_computed(value: object) -> bool:
    """Tell whether a JSON value is an expression."""
    return isinstance(value, str) and is_expression(value)


class _Iteration(NamedTuple):
    """One iteration of a loop, and of the loops within it.

    Attributes:
        loop: The name of the loop over resources, lower case; `copyIndex()` without a name is its.
        places: What `copyIndex` gives, by the lower-case name of a loop.
    """

    loop: str = ""
    places: Mapping[str, int] = {}

    def within(self, loop: str, place: int) -> "_Iteration":
        """Return an iteration of a loop over members, within this one."""
        return self._replace(places={**self.places, loop.lower(): place})

    def at(self, arguments: tuple[Node, ...]) -> object:
        """Return what `copyIndex` gives for its arguments, `ABSENT` if they name no loop."""
        match arguments:
            case ():
                name, offset = self.loop, 0
            case (Literal(int() as offset),):
                name = self.loop
            case (Literal(str() as name),):
                offset = 0
            case (Literal(str() as name), Literal(int() as offset)):
                pass
            case _:
                return ABSENT
        place = self.places.get(name.lower())
        return ABSENT if place is None else place + offset


class _Variables:
    """The variables of a template, substituted where an expression consists of nothing else."""

    def __init__(self, variables: Mapping[str, object]) -> None:
        """Take the variables as the template spells them."""
        self._steps = _MAX_STEPS
        self._variables = variables
        self._variables = self._with_loops(variables)  # which may use the others

    def _with_loops(self, variables: Mapping[str, object]) -> Mapping[str, object]:
        """Return variables with those that are made by a loop."""
        loops = objects(_part(variables, "copy"))
        made = {_name_of(each): self._members(each, _Iteration(), 0) for each in loops}
        known = {name: members for name, members in made.items() if name and members is not None}
        return {**variables, **known}

    def iterations_of(self, loop: object) -> list[_Iteration]:
        """Return the iterations of a loop; a single one without `copyIndex()` if there is none."""
        if not isinstance(loop, Mapping):
            return [_Iteration()]
        count = self._count(loop, _Iteration(), 0)
        if count is None:
            return [_Iteration()]
        name = _name_of(loop).lower()
        return [_Iteration(name, {name: place}) for place in range(count)]

    def _count(self, loop: Mapping[str, Any], iteration: _Iteration, depth: int) -> int | None:
        """Return how many iterations a loop has, None if that is not known."""
        count = self.filled(folded(loop).get("count"), iteration, depth)
        return count if isinstance(count, int) and count <= _MAX_ROUNDS else None

    def _members(
        self, loop: Mapping[str, Any], iteration: _Iteration, depth: int
    ) -> list[object] | None:
        """Return what a loop over members makes, None if its iterations are not known."""
        count, made = self._count(loop, iteration, depth), folded(loop).get("input", ABSENT)
        if count is None or made is ABSENT:
            return None
        name = _name_of(loop)
        return [self.filled(made, iteration.within(name, place), depth) for place in range(count)]

    def filled(self, value: object, iteration: _Iteration, depth: int = 0) -> object:
        """Return a JSON value with the expressions that variables determine filled in."""
        self._steps -= 1
        if self._steps < 0:
            raise DefinitionError("variables", f"they come to more than {_MAX_STEPS} values")
        if isinstance(value, Mapping):
            return self._filled_object(value, iteration, depth)
        if isinstance(value, list):
            return [self.filled(each, iteration, depth) for each in value]
        found = self._looked_up(value, iteration, depth)
        if found is not ABSENT:
            return self.filled(found, iteration, depth + 1)
        is_computed = isinstance(value, str) and is_expression(value)
        return _VARIABLE.sub(self._spelled, str(value)) if is_computed else value

    def _filled_object(self, value: Mapping[str, Any], iteration: _Iteration, depth: int) -> object:
        """Return an object filled in, with the lists that its loops make."""
        made: dict[str, object] = {}
        left: list[object] = []
        for loop in objects(value.get("copy")):
            members = self._members(loop, iteration, depth)
            if members is None:
                left.append(loop)
            else:
                made[_name_of(loop)] = members
        kept = {key: each for key, each in value.items() if key != "copy" or left or not made}
        filled = {key: self.filled(each, iteration, depth) for key, each in kept.items()}
        return {**filled, **made, **({"copy": left} if left else {})}

    def _spelled(self, call: re.Match[str]) -> str:
        """Return a reference to a variable, replaced by its text if it is a literal string."""
        found = _part(self._variables, call[1])
        if not isinstance(found, str) or is_expression(found):
            return call[0]
        return "'" + literal(found).replace("'", "''") + "'"

    def _looked_up(self, value: object, iteration: _Iteration, depth: int) -> object:
        """Return the value of an expression of variables, `ABSENT` for any other value."""
        if depth >= _DEEPEST or not isinstance(value, str) or not is_expression(value):
            return ABSENT
        try:
            return self._value_of(parse(value), iteration, depth)
        except EvaluationError:  # reported when the definition is read
            return ABSENT

    def _value_of(self, node: Node, iteration: _Iteration, depth: int) -> object:
        """Return the value of a variable or a part of one, `ABSENT` for any other expression."""
        match node:
            case Literal(value):
                return value
            case Call("copyindex", arguments):
                return iteration.at(arguments)
            case Call("variables", (Literal(str() as name),)):
                found = _part(self._variables, name)
            case Access(target, key):
                whole = self._value_of(target, iteration, depth)
                found = _part(whole, self._value_of(key, iteration, depth))
            case Call("items" | "json" | "length" as name, (inner,)):
                return _result_of(name, self._value_of(inner, iteration, depth))
            case _:
                return ABSENT
        deeper = self._looked_up(found, iteration, depth + 1)
        return found if deeper is ABSENT else deeper


def _name_of(loop: Mapping[str, Any]) -> str:
    """Return the name of a loop, empty if it has none."""
    return str(folded(loop).get("name") or "")


def _part(value: object, key: object) -> object:
    """Return a property or member of a value, `ABSENT` if there is none."""
    if isinstance(value, Mapping) and isinstance(key, str) and has_key(value, key):
        return lookup(value, key)
    if is_list(value) and isinstance(key, int) and 0 <= key < len(items(value)):
        return items(value)[key]
    return ABSENT


def _result_of(name: str, value: object) -> object:
    """Return the result of `items`, `json` or `length` on a value, `ABSENT` if there is none."""
    if name == "items":
        return entries(value) if isinstance(value, Mapping) else ABSENT
    if name == "length":
        return len(items(value)) if is_list(value) else ABSENT
    try:
        found: object = load_json(value) if isinstance(value, str) else ABSENT
    except (ValueError, RecursionError):
        return ABSENT
    return found
