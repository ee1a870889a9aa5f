"""The attributes of a declared resource, each with what is known of it before it is applied."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct, field

from amlaudit.core.gap import Reason
from amlaudit.core.path import Steps
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.terraform.plan import references_of


class Followed(NamedTuple):
    """What the references of an attribute stand for.

    Attributes:
        texts: What it may be, each an id or a name; nothing: that is not known.
        lost: A reference that may stand for something else again, which a plan does not show.
        coming: Those of the texts that are known only after apply.
    """

    texts: Sequence[str] = ()
    lost: str = ""
    coming: Sequence[str] = ()


Follow: TypeAlias = Callable[[str, Sequence[str]], Followed]
"""Follows the references of an attribute."""

Names: TypeAlias = Callable[[], frozenset[str]]
"""Tells the names of all attributes and blocks that a source says, dynamic ones too."""


_NOTHING: Final[Mapping[str, Any]] = {}


class NotSet(Enum):
    """The type of `NOT_SET`."""

    NOT_SET = "not set"


NOT_SET: Final = NotSet.NOT_SET
"""What an attribute is that nobody sets; null and an empty text count as such."""


class Attributes(Struct, frozen=True):
    """The attributes of a resource, or of a block in it.

    Attributes:
        values: Those that are known.
        unknown: True where they are not known before it is applied, in the form of the values; True
            alone: none is.
        sensitive: In the same way, which are secret.
        expressions: What they are written as.
        follow: Resolves references.
        within: Names of the blocks that they stand in, outermost first.
        is_new: The resource is to be created.
        names: What the source of the resource says; none: it is not here.
    """

    values: Mapping[str, Any]
    unknown: Any
    sensitive: Any
    expressions: Mapping[str, Any]
    follow: Follow
    within: Steps = ()
    is_new: bool = True
    names: Names = frozenset
    _blocks: "dict[str, Sequence[Attributes] | Unresolved]" = field(default_factory=dict)

    def is_shown(self, name: str) -> bool:
        """Tell whether an attribute that is not set is one that the provider has.

        A plan or state lists every attribute of what exists; one that is missing there came with a
        later version, and what it is about may be set by others.
        """
        return self.is_new or name in self.values

    def get(self, name: str) -> object:
        """Return the value of an attribute, `NOT_SET`, or `Unresolved`, which may stand inside."""
        sensitive, unknown = member(self.sensitive, name), member(self.unknown, name)
        if sensitive is True:
            return Unresolved(f"{self._spell(name)} is marked as sensitive", Reason.UNSUPPORTED)
        if unknown is True and self._is_left_out(name):
            return NOT_SET
        if name in self.values and unknown is not True:
            value = self.values[name]
        else:
            expression = self._expression(name)
            if unknown is True or references_of(expression):
                return self._followed(name, expression, many=False)
            value = expression.get("constant_value")
        if value is None or value == "":
            return NOT_SET
        if not unknown and not sensitive:
            return value
        return marked(value, unknown, sensitive, self._spell(name))

    def presence(self, name: str) -> object:
        """Return True for an attribute that is set, `NOT_SET`, or `Unresolved`; never its value."""
        if member(self.unknown, name) is True and self._is_left_out(name):
            return NOT_SET
        expression = self._expression(name)
        is_open = name not in self.values and references_of(expression)
        if member(self.unknown, name) is True or is_open:
            return Unresolved(f"whether {self._spell(name)} is set is known after apply")
        value = self.values.get(name, expression.get("constant_value"))
        return NOT_SET if value is None or value == "" else True

    def members(self, name: str) -> Sequence[object] | Unresolved | NotSet:
        """Return the members of a list of plain values."""
        expression = self._expression(name)
        hidden = member(self.unknown, name) is True and member(self.sensitive, name) is not True
        hidden = hidden and not self._is_left_out(name)
        value = self._followed(name, expression, many=True) if hidden else self.get(name)
        if isinstance(value, Unresolved | NotSet):
            return value
        if not isinstance(value, list):
            return Unresolved(f"{self._spell(name)} is no list", Reason.UNSUPPORTED)
        unknown = [each for each in value if isinstance(each, Unresolved)]
        found = self.follow(name, references_of(expression)) if unknown else Followed()
        if found.lost or len(found.texts) != len(unknown):
            return value
        ids = iter(found.texts)
        return [next(ids) if isinstance(each, Unresolved) else each for each in value]

    def blocks(self, name: str) -> "Sequence[Attributes] | Unresolved":
        """Return the blocks of a name; none: it is not there."""
        if name not in self._blocks:
            self._blocks[name] = self._find_blocks(name)
        return self._blocks[name]

    def _find_blocks(self, name: str) -> "Sequence[Attributes] | Unresolved":
        """Return what `blocks` returns, worked out."""
        unknown, sensitive = member(self.unknown, name), member(self.sensitive, name)
        if sensitive is True:
            return Unresolved(f"{self._spell(name)} is marked as sensitive", Reason.UNSUPPORTED)
        if unknown is True and self._is_block_left_out(name):
            return ()
        if unknown is True:
            return Unresolved(f"{self._spell(name)} is known after apply")
        written = self.expressions.get(name)
        written = written if isinstance(written, list) else []
        found = self.values.get(name, [{} for _ in written])
        if found is not None and not isinstance(found, list | Mapping):
            return Unresolved(f"{self._spell(name)} is no block", Reason.UNSUPPORTED)
        values = _blocks(found)
        unknown, sensitive = _blocks(unknown), _blocks(sensitive)
        count = max(len(values), len(unknown))
        return [
            Attributes(
                _object(_at(values, index)),
                _at(unknown, index),
                _at(sensitive, index),
                _written_for(values[index] if index < len(values) else {}, written, count),
                self.follow,
                (*self.within, name),
                is_new=self.is_new,
                names=self.names,
            )
            for index in range(count)
        ]

    def _followed(self, name: str, expression: Mapping[str, Any], *, many: bool) -> object:
        """Return what the references of an attribute that is not known stand for."""
        references = references_of(expression)
        texts, lost, _ = self.follow(name, references) if references else Followed()
        several = ", one of several" if len(texts) > 1 and not many else ""
        through = f", and a plan does not show what {lost} is" if lost else several
        open_ = Unresolved(f"{self._spell(name)} is known after apply{through}")
        if many and texts:
            return [*texts, open_] if lost else list(texts)
        return texts[0] if len(texts) == 1 and not lost else open_

    def _is_left_out(self, name: str) -> bool:
        """Tell whether the configuration of a new resource surely does not set an attribute.

        What it becomes is known after apply, and what the provider sends for it is known now. This
        is not so of blocks, which a plan leaves out of a configuration where they are dynamic.
        """
        return self.is_new and bool(self.expressions) and name not in self.expressions

    def _is_block_left_out(self, name: str) -> bool:
        """Tell whether the source of a new resource surely has no block of a name."""
        return self._is_left_out(name) and bool(found := self.names()) and name not in found

    def _expression(self, name: str) -> Mapping[str, Any]:
        """Return what an attribute is written as, nothing where that is not known."""
        return _object(self.expressions.get(name))

    def _spell(self, name: str) -> str:
        """Return an attribute's name with those of its blocks."""
        return ".".join((*self.within, name))


def _object(value: object) -> Mapping[str, Any]:
    """Return a JSON object, an empty one where there is none."""
    return value if isinstance(value, dict) else _NOTHING


def _written_for(block: object, written: Sequence[object], count: int) -> Mapping[str, Any]:
    """Return what a block is written as, nothing where that is not certain.

    Blocks of a set come in an order of their own, and dynamic ones are not written down at all.

    Args:
        block: What is known of it.
        written: All blocks of its name as they are written.
        count: How many there are.
    """
    if count != len(written):
        return _NOTHING
    found = [*map(_object, written)]
    fitting = [each for each in found if count == 1 or _fits(_object(block), each)]
    return fitting[0] if len(fitting) == 1 else _NOTHING


def _fits(block: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    """Tell whether a block may be what is written: no constant there is another one here."""
    constants = {name: _object(each).get("constant_value") for name, each in written.items()}
    return all(
        str(constant).lower() == str(block[name]).lower()
        for name, constant in constants.items()
        if isinstance(constant, str | int) and name in block
    )


def _blocks(found: object) -> list[Any]:
    """Return the blocks of a name; one that can be there only once may stand without a list."""
    if isinstance(found, list):
        return found
    return [found] if isinstance(found, Mapping) else []


def member(marks: object, name: str) -> object:
    """Return the mark of a member, None where it has none; what holds for all holds for it."""
    if marks is True:
        return True
    return marks.get(name) if isinstance(marks, dict) else None


def _at(members: object, index: int) -> Any:  # noqa: ANN401 - any JSON value
    """Return a member of a list, None where there is none; what holds for all holds for it."""
    if isinstance(members, list):
        return members[index] if index < len(members) else None
    return members if members is True else None


def marked(value: object, unknown: object, sensitive: object, name: str) -> object:
    """Return a JSON value with `Unresolved` in place of each part that is not known or secret.

    Args:
        value: The value.
        unknown: True where it is not known before it is applied, in the form of the value.
        sensitive: In the same way, what is secret.
        name: What messages call it.
    """
    if sensitive is True:
        return Unresolved(f"{name} is marked as sensitive", Reason.UNSUPPORTED)
    if unknown is True:
        return Unresolved(f"{name} is known after apply")
    if not unknown and not sensitive:
        return value
    if isinstance(value, list) or (value is None and isinstance(unknown, list)):
        members = value or []
        count = max(len(members), len(unknown) if isinstance(unknown, list) else 0)
        return [
            marked(_at(members, index), _at(unknown, index), _at(sensitive, index), name)
            for index in range(count)
        ]
    if isinstance(value, Mapping) or isinstance(unknown, Mapping):
        known = value if isinstance(value, Mapping) else {}
        hidden = unknown if isinstance(unknown, Mapping) else {}
        return {
            key: marked(known.get(key), hidden.get(key), member(sensitive, key), f"{name}.{key}")
            for key in (*known, *(key for key in hidden if key not in known and hidden[key]))
        }
    return value
