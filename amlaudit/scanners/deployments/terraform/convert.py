"""Applies a mapping to a resource's attributes, giving an ARM document."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from msgspec import Struct, field

from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, Steps, read
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.terraform.attributes import NOT_SET, Attributes
from amlaudit.scanners.deployments.terraform.mapping import IS_SET, NEWEST, OLDEST, Row
from amlaudit.scanners.deployments.terraform.transforms import COMBINATIONS, TRANSFORMS

Body: TypeAlias = dict[str, Any]

_VALUE: Final = "$"


class Draft(Struct):
    """A document being written.

    Attributes:
        body: The document; `Unresolved` stands for unknown values.
        children: Name (`blobServices/default`) and document of each child embedded in it.
    """

    body: Body = field(default_factory=dict)
    children: list[tuple[str, Body]] = field(default_factory=list)


class Versions(Struct, frozen=True):
    """The major versions of the provider that a resource may have been declared with."""

    oldest: int = OLDEST
    newest: int = NEWEST

    def meaning(self, absent: Sequence[tuple[int, Any]], name: str) -> object:
        """Return the meaning of absence in all of these versions, `Unresolved` if they differ."""
        found = [_meaning(absent, version) for version in range(self.oldest, self.newest + 1)]
        if all(each == found[0] and each is not NOT_SET for each in found):
            return found[0]
        return Unresolved(f"{name} is not set, and its default depends on the provider version")


def _meaning(absent: Sequence[tuple[int, Any]], version: int) -> object:
    """Return the meaning of absence in a version, `NOT_SET` if it is unknown."""
    return next((value for since, value in reversed(absent) if since <= version), NOT_SET)


def write(rows: Sequence[Row], attributes: Attributes, versions: Versions, draft: Draft) -> None:
    """Write attributes into a document.

    Args:
        rows: Their mapping.
        attributes: The attributes.
        versions: The provider's versions.
        draft: The document, or a member of a list in it.
    """
    for row in rows:
        if versions.newest <= row.until:
            _write_row(row, attributes, versions, draft)


def leaves(value: Mapping[str, Any]) -> Iterator[Steps]:
    """Yield the paths of all values in an object."""
    for key, member in value.items():
        inner = list(leaves(member)) if isinstance(member, Mapping) else []
        yield from ((key, *path) for path in inner or [()])


def put(body: Body, steps: Steps, value: object) -> None:
    """Put a value at a path: objects are merged, everything else is replaced.

    An object that is declared but unknown stays so, even if values inside it are known.
    """
    holder: Any = body
    for step in steps[:-1]:
        found = holder.get(step)
        if _is_declared_open(found):
            return
        if not isinstance(found, dict):
            found = holder[step] = {}
        holder = found
    earlier = holder.get(steps[-1])
    if not isinstance(value, dict):
        holder[steps[-1]] = value
    elif isinstance(earlier, dict):
        for key, member in value.items():
            put(earlier, (key,), member)
    elif not _is_declared_open(earlier):
        holder[steps[-1]] = dict(value)


def _is_declared_open(value: object) -> bool:
    """Tell whether a value is declared but unknown, rather than one that only others may set."""
    return isinstance(value, Unresolved) and value.reason is not Reason.NOT_COLLECTED


def _write_row(row: Row, attributes: Attributes, versions: Versions, draft: Draft) -> None:
    """Write one attribute or block."""
    holder = _holder(attributes, row.blocks) if row.blocks else attributes
    if row.child or (row.many and row.rows):
        blocks = _blocks(row, holder, attributes)
        _write_blocks(row, blocks, versions, draft)
        if row.child and row.computed and not blocks and not attributes.is_new:
            why = Unresolved(f"{row.name} is not set, and Azure chooses its value")
            draft.children.append((row.child, {"properties": why}))
    elif row.rows or row.present or row.missing:
        _write_block(row, _blocks(row, holder, attributes), versions, draft)
    else:
        value = _value(row, holder, attributes, versions)
        for path in row.to:
            if value is not NOT_SET:
                put(draft.body, path, value)
            elif not attributes.is_new and read(draft.body, path) is ABSENT:
                put(draft.body, path, None)  # replacing what may exist


def _holder(attributes: Attributes, blocks: Steps) -> Attributes | Unresolved | None:
    """Return the block that contains an attribute, None if it does not exist."""
    holder = attributes
    for name in blocks:
        found = holder.blocks(name)
        if isinstance(found, Unresolved):
            return found
        if not found:
            return None
        holder = found[0]
    return holder


def _write_all(row: Row, why: Unresolved, draft: Draft) -> None:
    """Write that all targets of a row are unknown."""
    for path in row.targets():
        put(draft.body, path, why)


def _blocks(
    row: Row, holder: Attributes | Unresolved | None, attributes: Attributes
) -> Sequence[Attributes] | Unresolved:
    """Return the blocks for a row, under any of their known names."""
    found = _blocks_in(holder, row.name)
    for former in row.former if isinstance(found, Unresolved) or not found else ():
        other = _blocks_in(_holder(attributes, former.source[:-1]), former.source[-1])
        if other and not isinstance(other, Unresolved):
            return other
        if not found:
            found = other
    return found


def _blocks_in(
    holder: Attributes | Unresolved | None, name: str
) -> Sequence[Attributes] | Unresolved:
    """Return the blocks with a name; none: there are none."""
    if isinstance(holder, Attributes):
        return holder.blocks(name)
    return holder or ()


def _write_block(
    row: Row, blocks: Sequence[Attributes] | Unresolved, versions: Versions, draft: Draft
) -> None:
    """Write a block that occurs at most once."""
    if isinstance(blocks, Unresolved):
        _write_all(row, blocks, draft)
        return
    for path, value in (row.present if blocks else row.missing).items():
        put(draft.body, path, value)
    for block in blocks:
        write(row.rows, block, versions, draft)


def _write_blocks(
    row: Row, blocks: Sequence[Attributes] | Unresolved, versions: Versions, draft: Draft
) -> None:
    """Write each block of a list: as a member of a list, or as a child of its own."""
    if isinstance(blocks, Unresolved):
        for path in row.to:
            _add(draft.body, path, blocks)
        if row.child and "{" not in row.child:
            _add_child(draft, row.child, _hidden_child(row, blocks))
        return
    members = list(_members(row, blocks, versions))
    for block, member in members if row.child else ():
        _hide_unsent(row, block, member)
        _add_child(draft, _child_name(row.child, block), member)
    found: list[Body] | Body = [member for _, member in members]
    if row.keyed:
        found = {f"{row.name}-{at}": member for at, (_, member) in enumerate(members, 1)}
    for path in row.to:
        _add(draft.body, path, found)


def _add_child(draft: Draft, name: str, body: Body) -> None:
    """Add a child, or a further part of one that another block represents, too."""
    for known, earlier in draft.children:
        if known == name:
            for key, value in body.items():
                put(earlier, (key,), value)
            return
    draft.children.append((name, body))


def _hidden_child(row: Row, why: Unresolved) -> Body:
    """Return a child of whose block nothing is known: what other blocks say of it stays known."""
    child = Draft()
    for each in row.rows:
        _write_all(each, why, child)
    for path in row.present:
        put(child.body, path, why)
    return child.body


def _hide_unsent(row: Row, block: Attributes, body: Body) -> None:
    """Mark what a child that exists may have although no attribute expresses it."""
    why = Unresolved(f"{row.name} has no attribute for it", Reason.NOT_COLLECTED)
    for path in () if block.is_new else row.unsent:
        if read(body, path) is ABSENT:
            put(body, path, why)


def _add(body: Body, path: Steps, found: list[Body] | Body | Unresolved) -> None:
    """Put members at a path, after those already put there by other blocks."""
    earlier = read(body, path)
    if isinstance(earlier, list) and earlier:
        put(body, path, [*earlier, *(found if isinstance(found, list) else [_rest(found)])])
    elif isinstance(earlier, Unresolved):
        put(body, path, [*found, _rest(earlier)] if isinstance(found, list) and found else earlier)
    else:
        put(body, path, found)


def _rest(found: Body | Unresolved) -> Body | Unresolved:
    """Return what stands among members for those of a list that is unknown."""
    return found._replace(is_rest=True) if isinstance(found, Unresolved) else found


def _members(
    row: Row, blocks: Sequence[Attributes], versions: Versions
) -> Iterator[tuple[Attributes, Body]]:
    """Yield each block that a row applies to, with the resulting document part."""
    for block in blocks:
        decides = block.get(row.condition[0]) if row.condition else NOT_SET
        if row.condition and not _is_met(decides, row.condition[1]):
            continue
        member = Draft()
        for path, value in row.present.items():
            put(member.body, path, decides if isinstance(decides, Unresolved) else value)
        write(row.rows, block, versions, member)
        yield block, member.body


def _is_met(decides: object, required: object) -> bool:
    """Tell whether the value of the attribute that decides on a block is the required one."""
    if required == IS_SET:
        return decides not in (NOT_SET, [])
    return (decides is True) is required


def _child_name(pattern: str, block: Attributes) -> str:
    """Return the name of the child that a block represents."""
    before, _, rest = pattern.partition("{")
    attribute, _, after = rest.partition("}")
    if not attribute:
        return pattern
    value = block.get(attribute)
    return f"{before}{value if isinstance(value, str) else 'unknown'}{after}"


def _value(
    row: Row, holder: Attributes | Unresolved | None, attributes: Attributes, versions: Versions
) -> object:
    """Return the value of an attribute."""
    if versions.newest < row.since:
        why = f"the meaning of {row.spelled} before version {row.since} of the provider is unknown"
        return Unresolved(why, Reason.UNSUPPORTED)
    unresolved: Unresolved | None = None
    for value, transform, name in _values_by_name(row, holder, attributes):
        if isinstance(value, Unresolved):
            unresolved = unresolved or value
        elif value is not NOT_SET and value is not None:
            return _transformed(value, row, transform, name)
    if unresolved:
        return unresolved
    absent = _absent(row, versions, attributes, is_block_there=holder is not None)
    if absent is NOT_SET and not attributes.is_shown(row.source[0]):
        why = f"the plan or state does not contain {row.source[0]}"
        return Unresolved(why, Reason.NOT_COLLECTED)
    return absent


def _values_by_name(
    row: Row, holder: Attributes | Unresolved | None, attributes: Attributes
) -> Iterator[tuple[object, str, str]]:
    """Yield (value, transform, name in readable form) of an attribute under each of its names.

    The present name comes first; the value is None if the block that would hold it does not exist.
    """
    value = _read(row, holder) if isinstance(holder, Attributes) else holder
    yield value, row.transform, row.spelled
    for former in row.former:
        within = _holder(attributes, former.source[:-1])
        value = within.get(former.source[-1]) if isinstance(within, Attributes) else within
        yield value, former.transform, ".".join(former.source)


def _read(row: Row, holder: Attributes) -> object:
    """Return the value of an attribute before it is transformed."""
    if row.combined:
        get = holder.presence if row.presence else holder.get
        values = [get(each) for each in (row.name, *row.combined)]
        return values if any(each is not NOT_SET for each in values) else NOT_SET
    return holder.members(row.name) if row.many else holder.get(row.name)


def _absent(
    row: Row, versions: Versions, attributes: Attributes, *, is_block_there: bool
) -> object:
    """Return the meaning of an attribute that is not set.

    For a block that a new resource does not have, the provider sends nothing.
    """
    if not is_block_there and row.no_block:
        return versions.meaning(row.no_block, row.spelled)
    if row.absent and is_block_there:
        return versions.meaning(row.absent, row.spelled)
    if row.computed and (is_block_there or not attributes.is_new):
        return Unresolved(f"{row.spelled} is not set, and Azure chooses its value")
    return NOT_SET


def _transformed(value: object, row: Row, transform: str, name: str) -> object:
    """Return the transformed value of an attribute."""
    if isinstance(value, Unresolved):
        return value
    try:
        if row.combined:
            return _combined(value, row)
        if row.many and isinstance(value, list) and not transform:
            return [_wrapped(each, row) for each in value]
        if isinstance(value, list) and (unknown := _unknown_in(value)):
            return unknown  # a value made of all members is unknown if one is
        changed = TRANSFORMS[transform](value) if transform else value
    except (LookupError, ValueError, TypeError, AttributeError):
        return Unresolved(f"{name} has a value that is not understood", Reason.UNSUPPORTED)
    return NOT_SET if changed is None else changed


def _unknown_in(values: Sequence[object]) -> Unresolved | None:
    """Return the first unknown among some values, None if all are known."""
    return next((each for each in values if isinstance(each, Unresolved)), None)


def _combined(values: object, row: Row) -> object:
    """Return the combined value of several attributes."""
    members = values if isinstance(values, list) else []
    if unknown := _unknown_in(members):
        return unknown
    return COMBINATIONS[row.transform]([None if each is NOT_SET else each for each in members])


def _wrapped(member: object, row: Row) -> object:
    """Return the transformed member of a list."""
    if isinstance(member, Unresolved) or row.wrap is None:
        return member
    return _filled(row.wrap, member)


def _filled(pattern: object, value: object) -> object:
    """Return a pattern with its `$` replaced by a value."""
    if isinstance(pattern, Mapping):
        return {key: _filled(member, value) for key, member in pattern.items()}
    return value if pattern == _VALUE else pattern
