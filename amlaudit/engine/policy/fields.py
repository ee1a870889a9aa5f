"""Fields: reads the values that a field selects from a resource.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#fields
https://learn.microsoft.com/azure/governance/policy/how-to/author-policies-for-arrays
"""

import re
from collections.abc import Callable
from itertools import takewhile
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.hidden import gap_at
from amlaudit.core.path import spell_path
from amlaudit.core.patterns import late_pattern
from amlaudit.core.relations import ROLE_DEFINITION
from amlaudit.core.resource import Resource
from amlaudit.engine.policy.aliases import Aliases, AliasPath, read_path
from amlaudit.engine.policy.documents import collect, following, steps_in, value_at
from amlaudit.engine.policy.frame import Element, Frame
from amlaudit.language.values import unsupported

_TAG: Final = late_pattern(
    r"tags(?:\.(?P<plain>.+)|\[(?P<bracketed>.*)\])", re.IGNORECASE | re.DOTALL
)
_BESIDE: Final = late_pattern(r"(kind|location|identity(\.\w+)*|properties|tags)", re.IGNORECASE)


class Counted(NamedTuple):
    """A count around a condition.

    Attributes:
        name: Name of a count over a value, lower case; empty for one over a field.
        path: Path of the counted field; None for a count over a value.
    """

    name: str
    path: AliasPath | None = None


Scope: TypeAlias = tuple[Counted, ...]
"""The counts around a condition, outermost first, in the order of `Frame.elements`."""


class Reader(Struct, frozen=True):
    """Reads the values of one field.

    Attributes:
        path: The property path, for evidence.
        one: Reads the value, None if there is none; None: the field selects several.
        several: Reads the values with their places, with gaps for unknown ones. None: the field is
            not a path, and selects one value.
        counted: The path, for a count over it; None if it is not an alias.
    """

    path: str
    one: Callable[[Frame, bool], object] | None
    several: Callable[[Frame, bool], list[Element]] | None = None
    counted: AliasPath | None = None


def field_reader(name: str, aliases: Aliases, scope: Scope) -> Reader:
    """Return the reader of a field.

    Args:
        name: The field or alias.
        aliases: The alias table.
        scope: The counts around the condition.

    Raises:
        EvaluationError: There is no such field.
        NoDataError: The field cannot be evaluated offline.
    """
    if fact := _FACTS.get(name.lower()):
        return Reader(name.lower(), lambda frame, _: fact(frame.resource))
    if tag := _TAG.fullmatch(name):
        # no tag has an empty name, which built-in rules use where they are given no other
        key = tag["plain"] or _unquote(tag["bracketed"])
        path = AliasPath("", (("tags", key),), spell_path(("tags", key)))
    elif _BESIDE.fullmatch(name):
        path = read_path("", name)
    elif name.count("/") == 1:
        return _shared_reader(name, aliases, scope)
    elif "/" in name:
        path = aliases.path(name)
    else:
        unsupported(f"the field {name!r} is not known")
    return path_reader(path, scope, name)


def _shared_reader(name: str, aliases: Aliases, scope: Scope) -> Reader:
    """Return the reader of an alias that several types of a provider share.

    `Microsoft.Compute/imagePublisher` is a different path in each of them; the older
    `Microsoft.Sql/auditingSettings.state` begins with the last word of the one type it is for.
    """
    provider, _, rest = name.partition("/")
    readers: dict[str, Reader] = {}

    def one(frame: Frame, whole: bool) -> object:  # noqa: FBT001 - see `Reader`
        arm_type = frame.resource.type
        if not arm_type.startswith(f"{provider.lower()}/"):
            return None
        if arm_type not in readers:
            last = arm_type.rpartition("/")[2]
            own = rest[len(last) + 1 :] if rest.lower().startswith(f"{last}.") else rest
            path = aliases.path(f"{arm_type}/{own}")
            readers[arm_type] = path_reader(path, scope, name)
        return values_of(readers[arm_type], frame, whole=whole)

    return Reader(name, one)


def values_of(reader: Reader, frame: Frame, empty: object = None, *, whole: bool = True) -> object:
    """Return what a field selects: a value, `empty` if none, or the array of its values.

    Raises:
        NoDataError: Some of it is not known.
    """
    if reader.one:
        value = reader.one(frame, whole)
        return empty if value is None else value
    several = reader.several(frame, whole) if reader.several else []
    return present_in([_sure(value) for value, _ in several], reader, frame)


def present_in(values: list[object], reader: Reader, frame: Frame) -> list[object]:
    """Return the values that members have: one that lacks the property is left out.

    That is not documented, but a built-in rule compares the numbers of both to find such members:
    https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Compute/OSAndDataDiskCMKRequired_Deny.json
    """
    is_property = bool(reader.counted and reader.counted.groups[-1])
    if not is_property or None not in values:
        return values
    frame.note(f"what field() gives for members without a value is not documented ({reader.path})")
    return [value for value in values if value is not None]


def _sure(value: object) -> object:
    """Return a value, or raise NoDataError for a gap."""
    if isinstance(value, Gap):
        raise NoDataError(value)
    return value


def _unquote(name: str) -> str:
    """Return the tag name in brackets: plain, or quoted with doubled apostrophes inside."""
    quoted = len(name) > 1 and name.startswith("'") and name.endswith("'")
    return name[1:-1].replace("''", "'") if quoted else name


def path_reader(path: AliasPath, scope: Scope, name: str) -> Reader:
    """Return the reader of a path, starting at the member being counted if the path includes it."""
    depth, bound = binding(path, scope)
    groups = path.groups[bound:]
    open_in = _open_in(path, scope, bound)

    def start(frame: Frame) -> Element | None:
        if not path.is_of(frame.resource.type):
            return None
        if path.guessed:
            frame.note(f"the path of {name} follows from a rule of thumb, not from a table")
        if open_in:
            frame.note(f"what {name} selects in a count over {open_in} is not documented")
        return frame.elements[depth] if bound else (frame.resource.body, ())

    def several(frame: Frame, whole: bool) -> list[Element]:  # noqa: FBT001 - see `Reader`
        begin = start(frame)
        return collect(frame.resource, begin, path, groups, whole=whole) if begin else []

    def one(frame: Frame, whole: bool) -> object:  # noqa: FBT001 - see `Reader`
        begin = start(frame)
        if begin is None:
            return None
        node, place = begin
        own = steps_in(frame.resource, begin, path, steps)
        if frame.resource.gaps and (gap := gap_at(frame.resource, place + own, whole=whole)):
            raise NoDataError(gap)
        value = value_at(node, own)
        return following(path.after, value) if path.after else value

    if len(groups) > 1:
        return Reader(path.spelled, None, several, path)
    steps = groups[0]
    return Reader(path.spelled, one, several, path)


def binding(path: AliasPath, scope: Scope) -> tuple[int, int]:
    """Return which enclosing count binds a path, and how many of its groups; 0 groups: none."""
    best = (0, 0)
    for depth, counted in enumerate(scope):
        if counted.path is None or counted.path.arm_type != path.arm_type:
            continue
        prefix = counted.path.folded[:-1]
        if path.folded[: len(prefix)] == prefix and len(path.groups) > len(prefix) >= best[1]:
            best = (depth, len(prefix))
    return best


def _open_in(path: AliasPath, scope: Scope, bound: int) -> str:
    """Return the counted path that shares a list with another but does not bind it, empty if none.

    In a count over `a[*].b[*]` it is undefined whether `a[*].p` is that of every `a`, as assumed
    here, or of the one that contains the member.
    """
    for counted in scope:
        if counted.path is None or counted.path.arm_type != path.arm_type:
            continue
        lists = zip(path.folded[:-1], counted.path.folded[:-1], strict=False)
        if len(list(takewhile(lambda pair: pair[0] == pair[1], lists))) > bound:
            return counted.path.spelled
    return ""


def _id(resource: Resource) -> str:
    """Return the id as the document spells it."""
    written = value_at(resource.body, ("id",))
    return written if isinstance(written, str) else resource.id


def place_of(resource: Resource) -> str:
    """Return the id that tells where a resource is, lower case.

    That of a role definition omits the scope: each scope that it can be assigned at spells its own.
    """
    return _id(resource).lower() if resource.type == ROLE_DEFINITION else resource.id


def _type(resource: Resource) -> str:
    """Return the type as the document spells it."""
    written = value_at(resource.body, ("type",))
    same = isinstance(written, str) and written.lower() == resource.type
    return str(written) if same else resource.type


def full_name(resource: Resource) -> str:
    """Return the name with the names of the parents, `parent/child`."""
    written = value_at(resource.body, ("name",))
    if isinstance(written, str) and written.count("/") == resource.type.count("/") - 1:
        return written
    _, provider, tail = _id(resource).rpartition("/providers/")
    return "/".join(tail.split("/")[2::2]) if provider else _name(resource)


def _name(resource: Resource) -> str:
    """Return the last segment of the name."""
    written = value_at(resource.body, ("name",))
    return arm_id.name_of(written if isinstance(written, str) else resource.name)


_FACTS: Final[dict[str, Callable[[Resource], str]]] = {
    "type": _type,
    "name": _name,
    "fullname": full_name,
    "id": _id,
}
"""The fields that every resource has."""
