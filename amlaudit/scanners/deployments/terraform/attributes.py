"""The attributes of a declared resource, with what is known of each before apply."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct, field

from amlaudit.core.gap import Reason
from amlaudit.core.path import Steps
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.terraform.plan import references_of
from amlaudit.scanners.files.json_values import object_of


class Followed(NamedTuple):
    """The resolved references of an attribute.

    Attributes:
        texts: Its possible values, each an id or a name; none: unknown.
        lost: A reference that may have yet another value, which a plan does not show.
        coming: Those of the texts that are known only after apply.
        stands_for: Identity of the value if it is unknown; see `Gap`.
    """

    texts: Sequence[str] = ()
    lost: str = ""
    coming: Sequence[str] = ()
    stands_for: str = ""


Follow: TypeAlias = Callable[[str, Sequence[str]], Followed]
"""Follows the references of an attribute."""

Names: TypeAlias = Callable[[], frozenset[str]]
"""Returns the names of all attributes and blocks in a source, including dynamic ones."""


class NotSet(Enum):
    """The type of `NOT_SET`."""

    NOT_SET = "not set"


NOT_SET: Final = NotSet.NOT_SET
"""The value of an attribute that is not set; null and an empty string count as such."""


class Attributes(Struct, frozen=True):
    """The attributes of a resource, or of one of its blocks.

    Attributes:
        values: The known attributes.
        unknown: True where attributes are unknown before apply, in the structure of the values;
            True alone: none is known.
        sensitive: Likewise, the secret attributes.
        expressions: Their expressions.
        follow: Resolves references.
        within: Names of the enclosing blocks, outermost first.
        is_new: The resource is to be created.
        names: Names in the source of the resource; none: the source is not here.
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
        """Tell whether the provider has an attribute that is not set.

        A plan or state lists every attribute of existing resources; one that is missing was added
        in a later version, and what it controls may have been set by other means.
        """
        return self.is_new or name in self.values

    def get(self, name: str) -> object:
        """Return the value of an attribute, `NOT_SET`, or `Unresolved`, perhaps nested."""
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
        is_to_come = (
            member(self.unknown, name) is True
            and member(self.sensitive, name) is not True
            and not self._is_left_out(name)
        )
        value = self._followed(name, expression, many=True) if is_to_come else self.get(name)
        if isinstance(value, Unresolved | NotSet):
            return value
        if not isinstance(value, list):
            return Unresolved(f"{self._spell(name)} is not a list", Reason.UNSUPPORTED)
        unknown = [each for each in value if isinstance(each, Unresolved)]
        found = self.follow(name, references_of(expression)) if unknown else Followed()
        if found.lost or len(found.texts) != len(unknown):
            return value
        ids = iter(found.texts)
        return [next(ids) if isinstance(each, Unresolved) else each for each in value]

    def blocks(self, name: str) -> "Sequence[Attributes] | Unresolved":
        """Return the blocks with a name; empty: there are none."""
        if name not in self._blocks:
            self._blocks[name] = self._find_blocks(name)
        return self._blocks[name]

    def _find_blocks(self, name: str) -> "Sequence[Attributes] | Unresolved":
        """Return the result of `blocks`, uncached."""
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
            return Unresolved(f"{self._spell(name)} is not a block", Reason.UNSUPPORTED)
        values = _blocks(found)
        unknown, sensitive = _blocks(unknown), _blocks(sensitive)
        count = max(len(values), len(unknown))
        return [
            Attributes(
                values=object_of(_at(values, index)),
                unknown=_at(unknown, index),
                sensitive=_at(sensitive, index),
                expressions=_written_for(_at(values, index), written, count),
                follow=self.follow,
                within=(*self.within, name),
                is_new=self.is_new,
                names=self.names,
            )
            for index in range(count)
        ]

    def _followed(self, name: str, expression: Mapping[str, Any], *, many: bool) -> object:
        """Return the resolved references of an unknown attribute."""
        references = references_of(expression)
        found = self.follow(name, references) if references else Followed()
        texts, lost = found.texts, found.lost
        several = ", one of several" if len(texts) > 1 and not many else ""
        through = f", and a plan does not show what {lost} is" if lost else several
        why = f"{self._spell(name)} is known after apply{through}"
        unknown = Unresolved(why, stands_for=found.stands_for)
        if many and texts:
            return [*texts, unknown._replace(is_rest=True)] if lost else list(texts)
        return texts[0] if len(texts) == 1 and not lost else unknown

    def _is_left_out(self, name: str) -> bool:
        """Tell whether the configuration of a new resource surely does not set an attribute.

        Its future value is known after apply, but what the provider sends for it is known now. That
        does not hold for blocks, which a plan omits from a configuration if they are dynamic.
        """
        return self.is_new and bool(self.expressions) and name not in self.expressions

    def _is_block_left_out(self, name: str) -> bool:
        """Tell whether the source of a new resource surely has no block with a name."""
        return self._is_left_out(name) and bool(found := self.names()) and name not in found

    def _expression(self, name: str) -> Mapping[str, Any]:
        """Return an attribute's expression, empty if unknown."""
        return object_of(self.expressions.get(name, {}))

    def _spell(self, name: str) -> str:
        """Return an attribute's name, prefixed with its blocks."""
        return ".".join((*self.within, name))


def _written_for(block: object, written: Sequence[object], count: int) -> Mapping[str, Any]:
    """Return a block's configuration, empty if it is not certain.

    Blocks of a set have an order of their own, and dynamic ones are not listed at all.

    Args:
        block: What is known of it.
        written: The configurations of all blocks of its name.
        count: Number of such blocks.
    """
    if count != len(written):
        return {}
    found = [*map(object_of, written)]
    fitting = [each for each in found if count == 1 or _fits(object_of(block), each)]
    return fitting[0] if len(fitting) == 1 else {}


def _fits(block: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    """Tell whether a configuration may be a block's: no constant in it differs from the block's."""
    constants = {name: object_of(each).get("constant_value") for name, each in written.items()}
    return all(
        str(constant).lower() == str(block[name]).lower()
        for name, constant in constants.items()
        if isinstance(constant, str | int) and name in block
    )


def _blocks(found: object) -> list[Any]:
    """Return the blocks with a name; one that can occur only once may appear without a list."""
    if isinstance(found, list):
        return found
    return [found] if isinstance(found, Mapping) else []


def member(marks: object, name: str) -> object:
    """Return a member's mark, None if it has none; a mark of the whole applies to each member."""
    if marks is True:
        return True
    return marks.get(name) if isinstance(marks, dict) else None


def _at(members: object, index: int) -> Any:  # noqa: ANN401 - any JSON value
    """Return a member of a list, None if there is none; a mark of the whole applies to each."""
    if isinstance(members, list):
        return members[index] if index < len(members) else None
    return members if members is True else None


def marked(value: object, unknown: object, sensitive: object, name: str) -> object:
    """Return a JSON value with `Unresolved` for each part that is unknown or secret.

    Args:
        value: The value.
        unknown: True where it is unknown before apply, in the structure of the value.
        sensitive: Likewise, the secret parts.
        name: Its name in messages.
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
