"""Values that only a deployment determines, and how far the rest can be told without them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Final, Self, TypeGuard

from amlaudit.core.arm_id import type_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.patterns import late_pattern
from amlaudit.language.values import Unknown

_KEY_ADDRESS: Final = late_pattern(r"https://[\w-]+\.vault\.azure\.net/keys/[\w-]+(?:/[\w-]+)?")
HOLE: Final = "\ue000"
"""Marks the unknown part of a string; a character that no name may contain."""


class Pending(Unknown):
    """A placeholder for a value unknown before deployment; the gap says why.

    Attributes:
        stands_for: Identity of the value; see `Gap`. What is made of the value has another one.
    """

    __slots__ = ("stands_for",)

    def __init__(self, gap: Gap) -> None:
        """Store the gap."""
        super().__init__(gap)
        self.stands_for = ""

    def named(self, identity: str) -> Self:
        """Return the placeholder for the value with an identity."""
        found = copy(self)
        found.stands_for = identity
        return found


class Tentative(Pending):
    """An unknown string, with a substitute that serves wherever it only identifies something.

    Things named composed have the same substitute, so that references between resources hold.

    Attributes:
        text: The substitute.
        solid: Whether the real string is surely not empty.
        tail: The known end of the real string: `/data` for a child in a workspace of unknown name.
    """

    __slots__ = ("solid", "tail", "text")

    def __init__(self, text: str, gap: Gap, *, solid: bool = False, tail: str = "") -> None:
        """Store the text and the gap."""
        super().__init__(gap)
        self.text = text
        self.solid = solid
        self.tail = tail

    @property
    def hollow(self) -> str:
        """The text with a mark in place of the unknown part."""
        return HOLE + self.tail


class Parts(Pending):
    """The parts of an unknown string: neither their content nor their number is known.

    Attributes:
        texts: The parts of its substitute.
        last: The last part; None: unknown as well.
    """

    __slots__ = ("last", "texts")

    def __init__(self, texts: Sequence[str], gap: Gap, last: str | None = None) -> None:
        """Store the parts and the gap."""
        super().__init__(gap)
        self.texts = tuple(texts)
        self.last = last

    def part(self, position: int) -> Tentative:
        """Return the part at a position, which may be beyond the substitute's parts."""
        inside = 0 <= position < len(self.texts)
        made = self.texts[position] if inside else f"{self.texts[-1]}-{position}"
        return Tentative(made, self.gap)


class Rest(Pending):
    """Any further members of a list, perhaps none; which place they have in it is unknown."""

    __slots__ = ()


class Runtime(dict[str, Any]):
    """An object that is partly declared, and completed by Azure.

    Attributes:
        what: What it describes, in readable form.
    """

    __slots__ = ("what",)

    def __init__(self, known: Mapping[str, Any], what: str) -> None:
        """Store what is declared."""
        super().__init__(known)
        self.what = what


class Open(Runtime):
    """An object of which some members are known; whether it has others is not.

    Attributes:
        gap: Why that is not known.
    """

    __slots__ = ("gap",)

    def __init__(self, known: Mapping[str, Any], gap: Gap) -> None:
        """Store what is known and the gap."""
        super().__init__(known, "an object")
        self.gap = gap


def pending(why: str, reason: Reason = Reason.UNRESOLVED) -> Pending:
    """Return an unknown value with a reason."""
    return Pending(_gap(why, reason))


def tentative(text: str, why: str, *, solid: bool = False) -> Tentative:
    """Return an unknown string with a reason and a substitute."""
    return Tentative(text, _gap(why, Reason.UNRESOLVED), solid=solid)


def _gap(why: str, reason: Reason) -> Gap:
    """Return a gap whose place is not known yet."""
    return Gap("", "expression", reason, why)


def text_of(value: object) -> object:
    """Return a value; for a tentative string, its substitute."""
    return value.text if isinstance(value, Tentative) else value


def is_id(value: Tentative) -> bool:
    """Tell whether a string is the id of a resource: unknown segments contain no slash."""
    return value.text.startswith("/") and bool(type_of(value.text.lower()))


def identifies(value: Tentative) -> bool:
    """Tell whether it is known what a string stands for: a resource, or a key in a vault."""
    return is_id(value) or _KEY_ADDRESS.fullmatch(value.text) is not None


def key_of(value: object) -> object:
    """Return a value as an object key: of tentative strings, only an id identifies well enough."""
    is_id = isinstance(value, Tentative) and value.text.startswith("/")
    return text_of(value) if is_id else value


def spelled(value: object) -> str:
    """Return an identifying string; for an entirely unknown value, a made-up one."""
    if not isinstance(value, Pending):
        return str(value)
    return value.text if isinstance(value, Tentative) else "unknown"


def rest_of(value: object) -> Rest | None:
    """Return what stands for the unknown members of a list, None if it has none."""
    members = value if isinstance(value, list) else ()
    return next((each for each in members if isinstance(each, Rest)), None)


def is_blank(value: object) -> TypeGuard[Pending]:
    """Tell whether a value is unknown and has no substitute either."""
    return isinstance(value, Pending) and not isinstance(value, Tentative)


def is_solid(value: object) -> bool:
    """Tell whether a value is surely a string that is not empty."""
    return value.solid if isinstance(value, Tentative) else isinstance(value, str) and value != ""


def composed(text: str, *parts: object) -> str | Pending:
    """Return a string built from parts: tentative if one of them is, unknown if one is blank.

    Two unknown values are not equal just because neither has a string.
    """
    if blank := next((part for part in parts if is_blank(part)), None):
        return Pending(blank.gap)
    found = next((part for part in parts if isinstance(part, Pending)), None)
    return Tentative(text, found.gap, solid=True) if found else text


def joined(*parts: object) -> str | Pending:
    """Return joined strings: tentative if one of them is, and known after the last such one."""
    found = composed("".join(map(spelled, parts)), *parts)
    if isinstance(found, Tentative):
        found.tail = _tail_of(parts)
    return found


def _tail_of(parts: Sequence[object]) -> str:
    """Return the known end of a string that is built from partly unknown parts."""
    tail = ""
    for part in reversed(parts):
        if isinstance(part, Pending):
            return part.tail + tail if isinstance(part, Tentative) else tail
        tail = f"{part}{tail}"
    return tail


def first_pending(value: object, spend: Callable[[], None]) -> Pending | None:
    """Return the first unknown value inside a JSON value, None if all are known.

    Args:
        value: The value.
        spend: Uses up a step of the budget: a value may contain itself many times over.
    """
    return next(_pending_in(value, spend), None)


def _pending_in(value: object, spend: Callable[[], None]) -> Iterator[Pending]:
    """Yield the unknown values inside a JSON value."""
    spend()
    if isinstance(value, Pending):
        yield value
    elif isinstance(value, Runtime):
        yield runtime_rest(value)
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _pending_in(member, spend)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _pending_in(member, spend)


def runtime_rest(value: Runtime, key: object = None) -> Pending:
    """Return a placeholder for the part of an object that Azure adds, or that is not known."""
    if isinstance(value, Open):
        return Pending(value.gap)
    return pending(f"Azure decides {key or 'the rest'} of {value.what}")


def without_tentative(value: object) -> object:
    """Return a JSON value with tentative strings replaced by their substitutes."""
    if isinstance(value, Parts):
        return list(value.texts)
    if isinstance(value, Mapping) and not isinstance(value, Runtime):
        return {key: without_tentative(member) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [without_tentative(member) for member in value]
    return text_of(value)
