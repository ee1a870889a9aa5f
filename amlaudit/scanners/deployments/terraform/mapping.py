"""The mapping from resources of the azurerm provider to ARM documents, as data.

`mappings/` has one file for each resource of the provider, named after it. This module reads and
checks them; `convert` applies them.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.path import Steps, parse_path
from amlaudit.scanners.deployments.terraform.transforms import COMBINATIONS, HERE, TRANSFORMS
from amlaudit.shipped_cache import cached

OLDEST: Final = 2
NEWEST: Final = 5
"""The newest major version of the provider that the mappings cover."""

_MANY: Final = "[]"
_NOTHING: Final[Mapping[str, Any]] = {}

_EVERYWHERE: Final = ("identity", "location", "name", "resource_group_name", "tags")
"""Attributes with the same meaning for every resource."""

_IGNORED: Final = ("id", "timeouts", "*_wo_version")
"""Attributes of any resource that are irrelevant for the document."""

IS_SET: Final = "set"
"""The condition that an attribute is set, to anything but an empty list."""

_ROW_KEYS: Final = frozenset(
    {
        "absent", "absent_since", "as", "child", "combine", "computed", "each", "from", "if",
        "keyed", "missing", "no_block", "presence", "present", "since", "to", "unsent", "until",
        "was", "wrap",
    }
)  # fmt: skip
_RESOURCE_KEYS: Final = frozenset(
    {
        "address", "also_data", "append", "at_subscription", "fixed", "ignored", "into", "name",
        "named_by", "parent", "rows", "same", "type", "under", "unknown", "unread", "unsent",
        "vague",
    }
)  # fmt: skip


class Former(Struct, frozen=True):
    """An alternative attribute: mostly its name in earlier versions of the provider.

    Attributes:
        source: Its path.
        last: Last major version that has it.
        transform: The transform of its values.
    """

    source: Steps
    last: int
    transform: str = ""


class Row(Struct, frozen=True, dict=True):
    """One attribute or block and its mapping.

    Attributes:
        source: The attribute, after its enclosing blocks; all but a list occur once.
        many: It is a list, each member of which becomes a member of a list.
        to: Where its value goes in the document, or in the member that the row is nested in.
        transform: Name of the value's transform.
        combined: Further attributes of the same block, if several are combined into one value.
        presence: Combined attributes are only checked for being set: they are secrets.
        wrap: The result for a member, with the value in place of `$`; None: the value itself.
        absent: What an unset attribute means, by the first major version of the provider where it
            does; nothing for a version: unknown.
        computed: Azure determines its value if it is not set.
        no_block: As `absent`, for a missing block.
        present: Values implied by the presence of the block, by path.
        missing: Values implied by its absence, by path.
        rows: The contents of the block, or of each of the blocks.
        keyed: The contents of the blocks are not a list in the document but an object, with keys
            that the provider generates.
        child: Name of the child resource that the block represents, `{name}` being an attribute.
        unsent: Paths that no attribute of this child has: see `ResourceMap.unsent`.
        condition: Attribute of the block and whether it must be true, or `set`; other blocks are
            skipped. One that is unknown counts as false, and as set; what is `present` is unknown
            then.
        former: Alternative attributes.
        since: First major version of the provider in which the attribute has this meaning.
        until: Last such version; one that cannot be distinguished from a later one counts as later.
    """

    source: Steps
    many: bool = False
    to: tuple[Steps, ...] = ()
    transform: str = ""
    combined: tuple[str, ...] = ()
    presence: bool = False
    wrap: Mapping[str, Any] | None = None
    absent: tuple[tuple[int, Any], ...] = ()
    computed: bool = False
    no_block: tuple[tuple[int, Any], ...] = ()
    present: Mapping[Steps, Any] = field(default_factory=dict)
    missing: Mapping[Steps, Any] = field(default_factory=dict)
    rows: tuple["Row", ...] = ()
    keyed: bool = False
    child: str = ""
    unsent: tuple[Steps, ...] = ()
    condition: tuple[str, bool | str] | None = None
    former: tuple[Former, ...] = ()
    since: int = OLDEST
    until: int = NEWEST

    @cached_property
    def blocks(self) -> Steps:
        """Names of the blocks that enclose the attribute."""
        return self.source[:-1]

    @cached_property
    def name(self) -> str:
        """Name of the attribute."""
        return self.source[-1]

    @cached_property
    def spelled(self) -> str:
        """The attribute with its blocks, in readable form."""
        return ".".join(self.source)

    def targets(self) -> Iterator[Steps]:
        """Yield every path that the row can write to, relative to its target."""
        yield from self.to
        yield from self.present
        yield from self.missing
        if not self.many and not self.child:
            for row in self.rows:
                yield from row.targets()


_IDENTITY: Final = (
    Row(("identity", "type"), to=(("identity", "type"),), transform="identity_type"),
    Row(
        ("identity", "identity_ids"),
        many=True,
        to=(("identity", "userAssignedIdentities"),),
        transform="keys",
    ),
    Row(("identity", "principal_id"), to=(("identity", "principalId"),)),
)
COMMON: Final = (
    Row(("location",), to=(("location",),), transform="location"),
    Row(("tags",), to=(("tags",),)),
    *_IDENTITY,
)
"""Rows with the same meaning for every resource."""


class ResourceMap(Struct, frozen=True):
    """The mapping of a resource of the provider.

    Attributes:
        name: Its type in Terraform.
        arm_type: The ARM type that it becomes, or of the resource that it changes.
        rows: Its attributes.
        fixed: Values that all of them have, by path.
        parents: Attributes of which one holds the id of its parent or the resource it is attached
            to, or that resource's name in the same resource group; none: it belongs to a resource
            group.
        under: What comes between its parent's id and its own: `blobServices/default`.
        vague: ARM types, lower case, of which a part may be meant where a plan shows a reference to
            the whole: an account and its services.
        fixed_name: Its name, if all have the same.
        named_by: Attribute that holds its name.
        address: The form of its `id` in Terraform if that is not an ARM id, with `{parent}` and
            `{name}` in place of names: objects in vaults are identified by their addresses.
        at_subscription: It belongs to no resource group.
        into: Attributes of which one holds the id of the resource that it changes, or that
            resource's name; it is not a resource of its own then.
        append: List of that resource to which it adds a member.
        same: Keys that identify a member of that list; a state may show the member there, too.
        unknown: What no attribute expresses, so that it is never known.
        unsent: What the provider never sends: absent from a resource that is created; in an
            existing one it is unknown.
        unread: Its properties are not mapped.
        also_data: A data source of the same name shows the same attributes.
        ignored: Patterns of attributes irrelevant for the document: what Azure returns once the
            resource exists, and what only the provider uses.
        attributes: Names of the top-level attributes and blocks that have a meaning.
    """

    name: str
    arm_type: str
    rows: tuple[Row, ...] = ()
    fixed: Mapping[Steps, Any] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    under: str = ""
    vague: tuple[str, ...] = ()
    fixed_name: str = ""
    named_by: str = "name"
    address: str = ""
    at_subscription: bool = False
    into: tuple[str, ...] = ()
    append: Steps = ()
    same: tuple[str, ...] = ("name",)
    unknown: tuple[Steps, ...] = ()
    unsent: tuple[Steps, ...] = ()
    unread: bool = False
    also_data: bool = False
    ignored: tuple[str, ...] = ()
    attributes: frozenset[str] = frozenset()

    def knows(self, attribute: str) -> bool:
        """Tell whether the map gives an attribute or block a meaning, or ignores it."""
        return attribute in self.attributes or _matches(attribute, (*_IGNORED, *self.ignored))


@cache
def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a name matches any of several patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def resource_map(name: str) -> ResourceMap | None:
    """Return the mapping of a resource of the provider, None if it is not mapped."""
    return _maps().get(name)


@cache
def _maps() -> Mapping[str, ResourceMap]:
    """Return all mappings, by resource name."""
    return cached("terraform", _read_maps, HERE)


def _read_maps() -> Mapping[str, ResourceMap]:
    """Return all mappings, read from their files."""
    return {name: read_map(_folder().joinpath(f"{name}.yaml"), name) for name in resource_names()}


def resource_names() -> list[str]:
    """Return the names of all mapped resources, in order."""
    return sorted(each.name.removesuffix(".yaml") for each in _folder().iterdir() if _is_map(each))


def _folder() -> Traversable:
    """Return the folder of the mappings."""
    return files("amlaudit.scanners.deployments.terraform").joinpath("mappings")


def _is_map(file: Traversable) -> bool:
    """Tell whether a file is a mapping."""
    return file.name.endswith(".yaml")


def read_map(file: Traversable, name: str) -> ResourceMap:
    """Return the mapping in a file.

    Raises:
        ValueError: It is not a mapping; the message names file and row.
    """
    import yaml  # noqa: PLC0415 - what was read once is kept

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(file.read_text("utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    _check_keys(content, _RESOURCE_KEYS, file.name)
    rows = tuple(_row(each, file.name) for each in content.get("rows", ()))
    found = ResourceMap(
        name=name,
        arm_type=content["type"],
        rows=rows,
        fixed=_by_path(content.get("fixed", _NOTHING)),
        parents=tuple(content.get("parent", ())),
        under=content.get("under", ""),
        vague=tuple(each.lower() for each in content.get("vague", ())),
        fixed_name=content.get("name", ""),
        named_by=content.get("named_by", "name"),
        address=content.get("address", ""),
        at_subscription=content.get("at_subscription", False),
        into=tuple(content.get("into", ())),
        append=_steps(content.get("append", "")),
        same=tuple(content.get("same", ("name",))),
        unknown=_paths(content.get("unknown", ())),
        unsent=_paths(content.get("unsent", ())),
        unread=content.get("unread", False),
        also_data=content.get("also_data", False),
        ignored=tuple(content.get("ignored", ())),
    )
    return replace(found, attributes=frozenset(_attributes_of(found)))


def _attributes_of(found: ResourceMap) -> Iterator[str]:
    """Yield the names of the top-level attributes and blocks that a map gives a meaning."""
    yield from (*_EVERYWHERE, *found.parents, *found.into)
    for row in found.rows:
        yield from (row.source[0], *row.combined, *(each.source[0] for each in row.former))


def _row(row: Mapping[str, Any], file: str) -> Row:
    """Return one row of a mapping."""
    place = f"{file}: {row.get('from')}"
    _check_keys(row, _ROW_KEYS, place)
    to, source = row.get("to", ()), str(row["from"])
    transform, combined = row.get("as", ""), tuple(row.get("combine", ()))
    if transform and transform not in (COMBINATIONS if combined else TRANSFORMS):
        raise ValueError(f"{place}: unknown transform {transform!r}")
    return Row(
        source=_steps(source.removesuffix(_MANY)),
        many=source.endswith(_MANY),
        to=_paths([to] if isinstance(to, str) else to),
        transform=transform,
        combined=combined,
        presence=row.get("presence", False),
        wrap=row.get("wrap"),
        absent=_by_version(row, "absent"),
        computed=row.get("computed", False),
        no_block=_by_version(row, "no_block"),
        present=_by_path(row.get("present", _NOTHING)),
        missing=_by_path(row.get("missing", _NOTHING)),
        rows=tuple(_row(each, place) for each in row.get("each", ())),
        keyed=row.get("keyed", False),
        child=row.get("child", ""),
        unsent=_paths(row.get("unsent", ())),
        condition=tuple(row["if"]) if "if" in row else None,
        former=tuple(_former(each) for each in row.get("was", ())),
        since=row.get("since", OLDEST),
        until=row.get("until", NEWEST),
    )


def _former(was: Mapping[str, Any]) -> Former:
    """Return an earlier name."""
    return Former(_steps(was["from"]), was.get("to_version", NEWEST), was.get("as", ""))


def _by_version(row: Mapping[str, Any], key: str) -> tuple[tuple[int, Any], ...]:
    """Return the meaning of absence by the first major version that it applies to, in order."""
    if key in row:
        return ((0, row[key]),)
    return tuple(sorted(row.get(f"{key}_since", _NOTHING).items()))


def _by_path(values: Mapping[str, Any]) -> Mapping[Steps, Any]:
    """Return values by their paths."""
    return {_steps(path): value for path, value in values.items()}


def _paths(paths: Sequence[str]) -> tuple[Steps, ...]:
    """Return parsed paths."""
    return tuple(map(_steps, paths))


def _steps(path: str) -> Steps:
    """Return a parsed path, which may be empty."""
    return parse_path(path) if path else ()


def _check_keys(found: Mapping[str, Any], known: frozenset[str], place: str) -> None:
    """Raise ValueError if a mapping has an unknown key."""
    if strange := sorted(set(found) - known):
        raise ValueError(f"{place}: unknown key {strange[0]!r}")
