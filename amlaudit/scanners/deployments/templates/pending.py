"""Values that only a deployment decides, and how far the rest can be told without them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

from amlaudit.core.gap import Gap, Reason
from amlaudit.language.values import Unknown

HOLE: Final = "\ue000"
"""Marks in a text what is not known of it; a character that no name may have."""


class Pending(Unknown):
    """Stands for a value that is not known before the deployment; the gap says why."""

    __slots__ = ()


class Tentative(Pending):
    """A text that is not known, and one that stands for it wherever it only identifies something.

    What is named alike has the same text, so that references between resources hold.

    Attributes:
        text: The text that stands for it.
        solid: Whether the real text surely is not empty.
        tail: What the real text surely ends with: `/data` of a child in a workspace without a name.
    """

    __slots__ = ("solid", "tail", "text")

    def __init__(self, text: str, gap: Gap, *, solid: bool = False, tail: str = "") -> None:
        """Carry the text and the gap."""
        super().__init__(gap)
        self.text = text
        self.solid = solid
        self.tail = tail

    @property
    def hollow(self) -> str:
        """The text with a mark in place of what is not known."""
        return HOLE + self.tail


class Parts(Pending):
    """The parts of a text that is not known: neither what they are, nor how many.

    Attributes:
        texts: The parts of the text that stands for it.
        last: The last part; None: that is not known either.
    """

    __slots__ = ("last", "texts")

    def __init__(self, texts: Sequence[str], gap: Gap, last: str | None = None) -> None:
        """Carry the parts and the gap."""
        super().__init__(gap)
        self.texts = tuple(texts)
        self.last = last

    def part(self, position: int) -> Tentative:
        """Return the part at a position, which may lie beyond those that are made up."""
        inside = 0 <= position < len(self.texts)
        made = self.texts[position] if inside else f"{self.texts[-1]}-{position}"
        return Tentative(made, self.gap)


class Runtime(dict[str, Any]):
    """An object of which a part is declared, and Azure adds the rest.

    Attributes:
        what: What it describes, for people.
    """

    __slots__ = ("what",)

    def __init__(self, known: Mapping[str, Any], what: str) -> None:
        """Hold what is declared."""
        super().__init__(known)
        self.what = what


def pending(why: str, reason: Reason = Reason.UNRESOLVED) -> Pending:
    """Return a value that is not known, for a reason."""
    return Pending(_gap(why, reason))


def tentative(text: str, why: str, *, solid: bool = False) -> Tentative:
    """Return a text that is not known, for a reason, and what stands for it."""
    return Tentative(text, _gap(why, Reason.UNRESOLVED), solid=solid)


def _gap(why: str, reason: Reason) -> Gap:
    """Return a gap of which the place is not known yet."""
    return Gap("", "expression", reason, why)


def text_of(value: object) -> object:
    """Return a value, of a tentative text the one that stands for it."""
    return value.text if isinstance(value, Tentative) else value


def key_of(value: object) -> object:
    """Return a value as the key of an object: of a tentative text, only an id identifies enough."""
    is_id = isinstance(value, Tentative) and value.text.startswith("/")
    return text_of(value) if is_id else value


def spelled(value: object) -> str:
    """Return the text that identifies something; of what is not known at all, a made-up one."""
    if not isinstance(value, Pending):
        return str(value)
    return value.text if isinstance(value, Tentative) else "unknown"


def is_blank(value: object) -> TypeGuard[Pending]:
    """Tell whether of a value that is not known no text stands for it either."""
    return isinstance(value, Pending) and not isinstance(value, Tentative)


def is_solid(value: object) -> bool:
    """Tell whether a value surely is a text that is not empty."""
    return value.solid if isinstance(value, Tentative) else isinstance(value, str) and value != ""


def alike(text: str, *parts: object) -> str | Pending:
    """Return a text that was made of parts: tentative if one of them is, not known if one is blank.

    Two values that nobody knows are not one because neither has a text.
    """
    if blank := next((part for part in parts if is_blank(part)), None):
        return blank
    found = next((part for part in parts if isinstance(part, Pending)), None)
    return Tentative(text, found.gap, solid=True) if found else text


def joined(*parts: object) -> str | Pending:
    """Return texts in one: tentative if one of them is, and known from the last of these on."""
    found = alike("".join(map(spelled, parts)), *parts)
    if isinstance(found, Tentative):
        found.tail = _tail_of(parts)
    return found


def _tail_of(parts: Sequence[object]) -> str:
    """Return what a text surely ends with that is made of parts of which not all are known."""
    tail = ""
    for part in reversed(parts):
        if isinstance(part, Pending):
            return part.tail + tail if isinstance(part, Tentative) else tail
        tail = f"{part}{tail}"
    return tail


def first_pending(value: object, spend: Callable[[], None]) -> Pending | None:
    """Return the first value inside a JSON value that is not known, None if all are.

    Args:
        value: The value.
        spend: Takes a step of the budget: a value may hold itself many times over.
    """
    return next(_pending_in(value, spend), None)


def _pending_in(value: object, spend: Callable[[], None]) -> Iterator[Pending]:
    """Yield the values inside a JSON value that are not known."""
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
    """Return what stands for a part of an object that Azure adds."""
    return pending(f"Azure decides {key or 'the rest'} of {value.what}")


def without_tentative(value: object) -> object:
    """Return a JSON value with the texts in it that stand for tentative ones."""
    if isinstance(value, Parts):
        return list(value.texts)
    if isinstance(value, Mapping) and not isinstance(value, Runtime):
        return {key: without_tentative(member) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [without_tentative(member) for member in value]
    return text_of(value)
