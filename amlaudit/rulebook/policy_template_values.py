"""What the expressions of a deployment template come to before it is deployed.

A template compiled from Bicep has the files it loaded as variables, and a loop over them:
https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-files
"""

import re
from collections.abc import Callable, Mapping
from functools import cmp_to_key
from typing import Any, Final, NamedTuple

from amlaudit.core.path import ABSENT
from amlaudit.core.patterns import late_pattern
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.arguments import Function, array, flag, text
from amlaudit.language.expressions import Access, Call, Literal, Node, is_expression, literal, parse
from amlaudit.language.functions import FUNCTIONS
from amlaudit.language.values import LONGEST_TEXT, EvaluationError, has_key, is_list, items, lookup
from amlaudit.rulebook.policy_selectors import folded, has_text, objects
from amlaudit.strict_json import load_json

_VARIABLE: Final = late_pattern(r"\bvariables\(\s*'([^']*)'\s*\)", re.IGNORECASE)

_OF_WHOLES: Final = frozenset(
    {
        "array", "concat", "createarray", "createobject", "first", "flatten", "items", "last",
        "length", "skip", "take", "union",
    }
)  # fmt: skip
"""Functions that hand on or count members, whatever these are."""

_DEEPEST: Final = 16
"""How deeply variables may be nested in other variables."""

_MAX_STEPS: Final = 500_000
"""How many JSON values one template may expand to."""

_STEP: Final = 10
"""Members or characters of the result of a function that count as one value."""

_MAX_ROUNDS: Final = 800
"""https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-resources"""


def is_computed(value: object) -> bool:
    """Tell whether a JSON value is an expression."""
    return isinstance(value, str) and is_expression(value)


class Iteration(NamedTuple):
    """One iteration of a loop, and of the loops within it.

    Attributes:
        loop: The name of the loop over resources, lower case; `copyIndex()` without a name is its.
        places: What `copyIndex` gives, by the lower-case name of a loop.
        given: The arguments of the lambda functions around, by their lower-case names.
    """

    loop: str = ""
    places: Mapping[str, int] = {}
    given: Mapping[str, object] = {}

    def of(self, loop: str, place: int) -> "Iteration":
        """Return an iteration of a loop over resources, within this one."""
        return self.within(loop, place)._replace(loop=loop.lower())

    def within(self, loop: str, place: int) -> "Iteration":
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


ONCE: Final = Iteration()
"""The iteration outside all loops."""


class TemplateValues:
    """The values in a template: what its expressions come to that only depend on its own texts."""

    def __init__(
        self, variables: Mapping[str, object], parameters: Mapping[str, object] | None = None
    ) -> None:
        """Take variables as the template spells them, and parameters whose values are known."""
        self._steps = _MAX_STEPS
        self._parameters = parameters or {}
        self._variables = variables
        self._variables = self._with_loops(variables)  # which may use the others

    def _with_loops(self, variables: Mapping[str, object]) -> Mapping[str, object]:
        """Return variables with those that are made by a loop."""
        loops = objects(_part(variables, "copy"))
        made = {_name_of(each): self._members(each, ONCE, 0) for each in loops}
        known = {name: members for name, members in made.items() if name and members is not None}
        return {**variables, **known}

    def iterations_of(self, loop: object, around: Iteration) -> list[Iteration]:
        """Return the iterations of a loop within another, which is all there is without a loop."""
        count = self._count(loop, around, 0) if isinstance(loop, Mapping) else None
        if not isinstance(loop, Mapping) or count is None:
            return [around]
        return [around.of(_name_of(loop), place) for place in range(count)]

    def _count(self, loop: Mapping[str, Any], iteration: Iteration, depth: int) -> int | None:
        """Return how many iterations a loop has, None if that is not known."""
        count = self.filled(folded(loop).get("count"), iteration, depth)
        return count if isinstance(count, int) and count <= _MAX_ROUNDS else None

    def _members(
        self, loop: Mapping[str, Any], iteration: Iteration, depth: int
    ) -> list[object] | None:
        """Return what a loop over members makes, None if its iterations are not known."""
        count, made = self._count(loop, iteration, depth), folded(loop).get("input", ABSENT)
        if count is None or made is ABSENT:
            return None
        name = _name_of(loop)
        return [self.filled(made, iteration.within(name, place), depth) for place in range(count)]

    def filled(self, value: object, iteration: Iteration, depth: int = 0) -> object:
        """Return a JSON value with the expressions that variables determine filled in."""
        self._spend(1)
        if isinstance(value, Mapping):
            return self._filled_object(value, iteration, depth)
        if isinstance(value, list):
            return [self.filled(each, iteration, depth) for each in value]
        found = self._looked_up(value, iteration, depth)
        if found is not ABSENT:
            return self.filled(found, iteration, depth + 1)
        return _VARIABLE.sub(self._spelled, str(value)) if is_computed(value) else value

    def _spend(self, steps: int) -> None:
        """Count steps.

        Raises:
            DefinitionError: The template takes too many.
        """
        self._steps -= steps
        if self._steps < 0:
            raise DefinitionError("variables", f"they come to more than {_MAX_STEPS} values")

    def _filled_object(self, value: Mapping[str, Any], iteration: Iteration, depth: int) -> object:
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

    def _looked_up(self, value: object, iteration: Iteration, depth: int) -> object:
        """Return the value of an expression of variables, `ABSENT` for any other value."""
        if depth >= _DEEPEST or not isinstance(value, str) or not is_expression(value):
            return ABSENT
        try:
            return self._value_of(parse(value), iteration, depth)
        except EvaluationError:  # reported when the definition is read
            return ABSENT

    def _value_of(self, node: Node, iteration: Iteration, depth: int) -> object:
        """Return what an expression comes to, `ABSENT` if more than texts of the template decide.

        A text in brackets is escaped, as a template has it: only its texts are.
        """
        match node:
            case Literal(value):
                return _with_texts(value, _escaped)
            case Call("copyindex", arguments):
                return iteration.at(arguments)
            case Call("variables", (Literal(str() as name),)):
                found = _part(self._variables, name)
            case Call("parameters", (Literal(str() as name),)):
                found = _part(self._parameters, name)
            case Call("lambdavariables", (Literal(str() as name),)):
                found = _part(iteration.given, name)
            case Access(target, key):
                whole = self._value_of(target, iteration, depth)
                found = _part(whole, self._value_of(key, iteration, depth))
            case Call("if", (condition, then, otherwise)):
                chosen = self._value_of(condition, iteration, depth)
                if not isinstance(chosen, bool):
                    return ABSENT
                return self._value_of(then if chosen else otherwise, iteration, depth)
            case _:
                return self._result_of(node.name, node.arguments, iteration, depth)
        deeper = self._looked_up(found, iteration, depth + 1)
        return found if deeper is ABSENT else deeper

    def _result_of(
        self, name: str, arguments: tuple[Node, ...], iteration: Iteration, depth: int
    ) -> object:
        """Return the result of a function on values that are all known, else `ABSENT`."""
        if name in _WITH_LAMBDAS and arguments:
            return self._result_with_lambdas(name, arguments, iteration, depth)
        function = FUNCTIONS.get(name)
        given = [self._argument(each, iteration, depth) for each in arguments]
        if function is None or any(each is ABSENT or is_computed(each) for each in given):
            return ABSENT
        if len(given) < function.least or (function.most or len(given)) < len(given):
            return ABSENT
        if has_text(given, is_expression):
            return function.call(*given) if name in _OF_WHOLES else ABSENT
        plain = [_with_texts(each, literal) for each in given]
        # which keeps how numbers are written
        result = _parsed(plain[0]) if name == "json" else function.call(*plain)
        self._spend(len(result) // _STEP if isinstance(result, str | list) else 1)
        is_long = isinstance(result, str) and len(result) > LONGEST_TEXT
        return ABSENT if is_long else _with_texts(result, _escaped)

    def _result_with_lambdas(
        self, name: str, arguments: tuple[Node, ...], iteration: Iteration, depth: int
    ) -> object:
        """Return the result of a function on a known value and lambdas, else `ABSENT`."""
        first, *rest = arguments
        function, values = _WITH_LAMBDAS[name], self._argument(first, iteration, depth)
        is_fit = function.least <= len(rest) <= (function.most or 0)
        if values is ABSENT or not is_fit:
            return ABSENT
        return function.call(values, *(self._read(each, iteration, depth) for each in rest))

    def _read(self, node: Node, iteration: Iteration, depth: int) -> Callable[..., object]:
        """Return a lambda function, or for any other value the function that gives it.

        Either raises `EvaluationError` where more than texts of the template decide.
        """
        match node:
            case Call("lambda", (*names, body)):
                spelled = [str(each.value).lower() for each in names if isinstance(each, Literal)]
            case body:
                spelled = []

        def call(*values: object) -> object:
            given = {**iteration.given, **dict(zip(spelled, values, strict=False))}
            found = self._argument(body, iteration._replace(given=given), depth)
            if found is ABSENT:
                raise EvaluationError("what a lambda function gives is known only to a deployment")
            return found

        return call

    def _argument(self, node: Node, iteration: Iteration, depth: int) -> object:
        """Return the value of an argument with the expressions in it filled in, else `ABSENT`."""
        value = self._value_of(node, iteration, depth)
        return value if value is ABSENT else self.filled(value, iteration, depth + 1)


def _mapped(values: object, call: Callable[..., object]) -> object:
    """Return what a lambda gives for each member."""
    return [call(each, place) for place, each in enumerate(array(values))]


def _filtered(values: object, call: Callable[..., object]) -> object:
    """Return the members that a lambda accepts."""
    return [each for place, each in enumerate(array(values)) if flag(call(each, place))]


def _reduced(values: object, start: Callable[..., object], call: Callable[..., object]) -> object:
    """Return what a lambda makes of all members together."""
    found = start()
    for place, each in enumerate(array(values)):
        found = call(found, each, place)
    return found


def _sorted(values: object, is_before: Callable[..., object]) -> object:
    """Return the members, ordered by a lambda that tells whether one comes before another."""

    def compare(left: object, right: object) -> int:
        return flag(is_before(right, left)) - flag(is_before(left, right))

    return sorted(array(values), key=cmp_to_key(compare))


def _itself(value: object) -> object:
    """Return a value unchanged."""
    return value


def _keyed(
    values: object, key: Callable[..., object], value: Callable[..., object] = _itself
) -> object:
    """Return the members as an object, with the keys and values that lambdas give."""
    return {_known_text(key(each)): value(each) for each in array(values)}


def _known_text(key: object) -> str:
    """Return a key, which must be known."""
    if is_computed(key):
        raise EvaluationError("a key is known only to a deployment")
    return text(key)


_WITH_LAMBDAS: Final[Mapping[str, Function]] = {
    "filter": Function(_filtered, 1, 1),
    "map": Function(_mapped, 1, 1),
    "reduce": Function(_reduced, 2, 2),
    "sort": Function(_sorted, 1, 1),
    "toobject": Function(_keyed, 1, 2),
}
"""What functions make of a value and of the lambdas, or of a start, that follow it.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-lambda
"""


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


def _escaped(text: str) -> str:
    """Return a text as a template has it: escaped if it is in brackets."""
    return f"[{text}" if text.startswith("[") and text.endswith("]") else text


def _with_texts(value: object, change: Callable[[str], str]) -> object:
    """Return a JSON value with each text in it changed."""
    if isinstance(value, Mapping):
        return {key: _with_texts(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_texts(each, change) for each in value]
    return change(value) if isinstance(value, str) else value


def _parsed(text: object) -> object:
    """Return the JSON value in a text, `ABSENT` if it is not JSON."""
    try:
        found: object = load_json(text) if isinstance(text, str) else ABSENT
    except (ValueError, RecursionError):
        return ABSENT
    return found
