"""How resources of the azurerm provider stand for ARM documents, as data.

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
from amlaudit.kept import kept
from amlaudit.scanners.deployments.terraform.transforms import COMBINATIONS, HERE, TRANSFORMS

OLDEST: Final = 2
NEWEST: Final = 5
"""Major versions of the provider that the mappings know."""

_MANY: Final = "[]"
_NOTHING: Final[Mapping[str, Any]] = {}

_EVERYWHERE: Final = ("identity", "location", "name", "resource_group_name", "tags")
"""Attributes that mean the same everywhere."""

_IGNORED: Final = ("id", "timeouts", "*_wo_version")
"""Attributes that say nothing of the document, of any resource."""

_ROW_KEYS: Final = frozenset(
    {
        "absent", "absent_since", "as", "child", "combine", "computed", "each", "from", "if",
        "keyed", "missing", "no_block", "presence", "present", "since", "to", "until", "was",
        "wrap",
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
    """Another attribute that says the same: mostly its name in earlier versions of the provider.

    Attributes:
        source: Where it stands.
        last: Last major version that has it.
        transform: Of its values.
    """

    source: Steps
    last: int
    transform: str = ""


class Row(Struct, frozen=True, dict=True):
    """One attribute or block and what it stands for.

    Attributes:
        source: The attribute, after the blocks that it stands in; all but a list are single ones.
        many: It is a list, each member of which becomes a member of a list.
        to: Where its value goes in the document, or in the member that the row is nested in.
        transform: Name of what becomes of the value.
        combined: Further attributes of the same block, where several make one value.
        presence: Of those that are combined only whether they are set is read: they are secrets.
        wrap: What a member becomes, with the value in place of `$`; None: the value itself.
        absent: What an attribute that is not set means, by the first major version of the provider
            where it does; nothing for a version: not known.
        computed: Azure decides what it is if it is not set.
        no_block: As `absent`, where the block is not there.
        present: What the block says by being there, by path.
        missing: What it says by not being there, by path.
        rows: What stands in the block, or in each of the blocks.
        keyed: What stands in the blocks is no list in the document but an object, by keys that
            the provider makes up.
        child: Name of the child resource that the block stands for, `{name}` being an attribute.
        condition: Attribute of the block and whether it is to be true; others are passed over.
        former: What else may say it.
        since: First major version of the provider in which the attribute means this.
        until: Last one; what cannot be told apart from a later one counts as such.
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
    condition: tuple[str, bool] | None = None
    former: tuple[Former, ...] = ()
    since: int = OLDEST
    until: int = NEWEST

    @cached_property
    def blocks(self) -> Steps:
        """Names of the blocks that the attribute stands in."""
        return self.source[:-1]

    @cached_property
    def name(self) -> str:
        """Name of the attribute."""
        return self.source[-1]

    @cached_property
    def spelled(self) -> str:
        """The attribute with its blocks, for people."""
        return ".".join(self.source)

    def targets(self) -> Iterator[Steps]:
        """Yield every path that the row can write to, relative to where the row writes."""
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
"""What means the same on every resource."""


class ResourceMap(Struct, frozen=True):
    """What a resource of the provider stands for.

    Attributes:
        name: Its type in Terraform.
        arm_type: The ARM type that it becomes, or of the resource that it changes.
        rows: Its attributes.
        fixed: What all of them say, by path.
        parents: Attributes of which one holds the id of what it lies under or is attached to, or
            that one's name in the same resource group; none: it lies in a resource group.
        under: What stands between its parent's id and its own: `blobServices/default`.
        vague: ARM types, lower case, of which a part may be meant where a plan shows a reference
            to the whole: an account and its services.
        fixed_name: Its name, where all have the same.
        named_by: Attribute that holds its name.
        address: What its `id` in Terraform looks like if that is no ARM id, with `{parent}` and
            `{name}` in place of names: things in vaults go by their addresses.
        at_subscription: It lies in no resource group.
        into: Attributes of which one holds the id of the resource that it changes, or that one's
            name; it is no resource of its own then.
        append: List of that resource to which it adds a member.
        same: What a member of that list is told from the others by; a state may show it there, too.
        unknown: What no attribute says, so that it is never known.
        unsent: What the provider never sends: absent from a resource that is created; what stands
            there in one that exists is not known.
        unread: Its properties are not mapped.
        also_data: A data source of the same name shows the same attributes.
        ignored: Patterns of attributes that say nothing of the document: what Azure gives out once
            the resource is there, and what only the provider heeds.
        attributes: Names of the attributes and blocks at the top that have a meaning.
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
        """Tell whether the map says what an attribute or block means, or that it means nothing."""
        return attribute in self.attributes or _matches(attribute, (*_IGNORED, *self.ignored))


@cache
def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a name matches one of several patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def resource_map(name: str) -> ResourceMap | None:
    """Return what a resource of the provider stands for, None if it is not mapped."""
    return _maps().get(name)


@cache
def _maps() -> Mapping[str, ResourceMap]:
    """Return all mappings by the names of the resources."""
    return kept("terraform", _read_maps, HERE)


def _read_maps() -> Mapping[str, ResourceMap]:
    """Return all mappings as their files say."""
    return {name: read_map(_folder().joinpath(f"{name}.yaml"), name) for name in resource_names()}


def resource_names() -> list[str]:
    """Return the names of all mapped resources, in order."""
    return sorted(each.name.removesuffix(".yaml") for each in _folder().iterdir() if _is_map(each))


def _folder() -> Traversable:
    """Return where the mappings lie."""
    return files("amlaudit.scanners.deployments.terraform").joinpath("mappings")


def _is_map(file: Traversable) -> bool:
    """Tell whether a file is a mapping."""
    return file.name.endswith(".yaml")


def read_map(file: Traversable, name: str) -> ResourceMap:
    """Return the mapping that a file holds.

    Raises:
        ValueError: It is none; the message names file and row.
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
    """Yield the names of the attributes and blocks at the top that a map has a meaning for."""
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
        raise ValueError(f"{place}: there is no {transform!r}")
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
        condition=tuple(row["if"]) if "if" in row else None,
        former=tuple(_former(each) for each in row.get("was", ())),
        since=row.get("since", OLDEST),
        until=row.get("until", NEWEST),
    )


def _former(was: Mapping[str, Any]) -> Former:
    """Return an earlier name."""
    return Former(_steps(was["from"]), was.get("to_version", NEWEST), was.get("as", ""))


def _by_version(row: Mapping[str, Any], key: str) -> tuple[tuple[int, Any], ...]:
    """Return what absence means by the first major version where it does, in order."""
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
    """Raise ValueError if a mapping has a key that is not known."""
    if strange := sorted(set(found) - known):
        raise ValueError(f"{place}: unknown key {strange[0]!r}")
