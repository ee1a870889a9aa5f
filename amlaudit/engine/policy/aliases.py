"""Aliases: the names policies use for properties, and the paths they resolve to.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-alias
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.path import Steps, parse_path
from amlaudit.core.patterns import late_pattern
from amlaudit.language.values import EvaluationError

_TOP_LEVEL: Final = frozenset(
    {
        "sku", "kind", "identity", "name", "id", "type", "tags", "zones", "location", "plan",
        "managedby", "extendedlocation", "etag", "systemdata",
    }
)  # fmt: skip
"""The siblings of `properties` in the document of a resource.

https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
"""

_PARTS: Final = frozenset(
    {
        "privateendpointconnections", "privatelinkserviceconnections", "subnets",
        "ipconfigurations", "securityrules", "defaultsecurityrules", "routes",
        "frontendendpoints", "frontendipconfigurations", "delegations", "flowlogs",
        "networkinterfaces", "networkinterfaceconfigurations", "sharedprivatelinkresources",
    }
)  # fmt: skip
"""Lists whose members are themselves resources, each with its own `properties`."""

_PARTS_OF: Final[Mapping[str, frozenset[str]]] = {
    "microsoft.compute": frozenset({"extensions"}),
    "microsoft.containerinstance": frozenset({"containers", "initcontainers"}),
    "microsoft.network": frozenset(
        {
            "authenticationcertificates", "authorizations", "backendaddresspools",
            "backendhttpsettingscollection", "backendpools", "backendsettingscollection",
            "frontendports", "gatewayipconfigurations", "healthprobesettings", "httplisteners",
            "inboundnatpools", "inboundnatrules", "listeners", "loadbalancingrules",
            "loadbalancingsettings", "loaddistributionpolicies", "outboundrules", "peerings",
            "privatelinkconfigurations", "probes", "redirectconfigurations",
            "requestroutingrules", "rewriterulesets", "routingrules", "sslcertificates",
            "sslprofiles", "trustedclientcertificates", "trustedrootcertificates", "urlpathmaps",
            "vpnclientrevokedcertificates", "vpnclientrootcertificates",
        }
    ),
}  # fmt: skip
"""Further such lists, by provider.

https://learn.microsoft.com/azure/templates/
"""

PROPERTIES: Final = "properties"
_SINGLETON: Final = "default."

_PART_TOP_LEVEL: Final = frozenset(
    {"id", "name", "type", "etag", "zones", "location", "properties", "systemdata"}
)

_KIND_OF_EXTENSION: Final = ("extensions", "type")
"""What an extension has in its properties, although a resource has its type next to them.

https://learn.microsoft.com/azure/templates/microsoft.compute/virtualmachinescalesets
"""

_KIND: Final = late_pattern(r"[A-Z][\w-]*")

_MARK: Final = "#"
"""Begins a step that is a kind whatever a document has: no property is called so."""

_PROVIDER: Final = "Microsoft-"
"""Begins a kind that is the type of a resource, which may be the last step of an alias."""

_FORM: Final = late_pattern(r"[A-Za-z][\w.-]*(?:/[\w.\[\]*'$@# -]+)+")


class AliasPath(Struct, frozen=True):
    """Where the values of an alias are in the documents of one ARM type.

    Attributes:
        arm_type: The type, lower case; empty for a path in the documents of every type.
        groups: The steps to the list, between one list and the next, and from the last list on:
            `a.b[*].c` has `(a, b)` and `(c,)`.
        spelled: The path as text.
        guessed: The path comes from the rule of thumb, for a type without a complete table.
        child_type: A child type whose documents have the path too, lower case; empty: none.
        kinds: Steps that a document may lack, as they only name the kind of a value.
        is_loose: Documents may have a `properties` where the path has none, or none where it has
            one: the path is guessed, or leads through lists in lists, which tables leave out.
        spare: Where documents of other API versions have the value instead; empty: nowhere.
        after: The word, lower case, that the value follows in an id; empty: it is the whole value.
    """

    arm_type: str
    groups: tuple[Steps, ...]
    spelled: str
    guessed: bool = False
    child_type: str = ""
    kinds: frozenset[str] = frozenset()
    is_loose: bool = False
    spare: Steps = ()
    after: str = ""

    def is_of(self, arm_type: str) -> bool:
        """Tell whether the path applies to documents of a type."""
        return self.arm_type in ("", arm_type) or self.child_type == arm_type

    @property
    def folded(self) -> tuple[Steps, ...]:
        """The groups without kinds, lower case."""
        return tuple(
            tuple(step.lower() for step in group if step not in self.kinds) for group in self.groups
        )


def read_path(arm_type: str, spelled: str, *, guessed: bool = False) -> AliasPath:
    """Parse a path, which has `[*]` wherever it leads through a list.

    Raises:
        EvaluationError: The text is not a path.
    """
    try:
        groups = tuple(
            parse_path(piece.removeprefix(".")) if piece else () for piece in spelled.split("[*]")
        )
    except ValueError:
        raise EvaluationError(f"{spelled!r} is not a property path") from None
    return AliasPath(arm_type.lower(), groups, spelled, guessed)


class Aliases(Struct, frozen=True):
    """A table of aliases.

    Attributes:
        types: The ARM types whose aliases it knows completely, lower case.
        exceptions: By type and the rest of the alias, both lower case: the path of aliases for
            which the rule of thumb is wrong. A rest that ends with a dot stands for all that begin
            with it, the empty one for all. A second path, after `|`, is for documents of other
            API versions. A path that ends with `/word` is that of an id, and the value is what
            follows the word in it.
    """

    types: frozenset[str] = frozenset()
    exceptions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    _found: dict[str, AliasPath] = field(default_factory=dict)

    def path(self, alias: str) -> AliasPath:
        """Return the path that an alias stands for.

        Raises:
            EvaluationError: The text does not have the form of an alias.
        """
        found = self._found.get(alias)
        if found is None:
            found = self._found[alias] = self._resolve(alias)
        return found

    def _resolve(self, alias: str) -> AliasPath:
        """Return the path of an alias that is not cached yet."""
        if not _FORM.fullmatch(alias):
            raise EvaluationError(f"{alias!r} is not an alias")
        arm_type, written = split_alias(alias)
        rest = ".".join(step for step in written.split(".") if not step.startswith(_MARK))
        path = self._path(arm_type, rest)
        is_listed = rest.lower() in self.exceptions.get(arm_type, {})
        return replace(path, is_loose=path.guessed or (len(path.groups) > 2 and not is_listed))  # noqa: PLR2004 - a list in a list

    def _path(self, arm_type: str, rest: str) -> AliasPath:
        """Return the path of an alias, given its type and the rest."""
        if (found := self._excepted(arm_type, rest)) is not None:
            found, _, spare = found.partition("|")
            found, _, after = found.partition("/")
            path = read_path(arm_type, found)
            path = replace(path, spare=parse_path(spare) if spare else (), after=after)
            word = _head(rest)
            # `managedClusters/agentPools.count` is written for the cluster and is found in a pool
            is_of_child = "." in rest and word not in map(_head, found.split("."))
            return replace(path, child_type=f"{arm_type}/{word}") if is_of_child else path
        path = read_path(arm_type, usual_path(rest, arm_type), guessed=arm_type not in self.types)
        if rest[len(_head(rest)) :].startswith("."):
            path = replace(path, child_type=f"{arm_type}/{_head(rest)}")
        if not path.guessed or path.groups[0][:1] != (PROPERTIES,) or not (kinds := _kinds(rest)):
            return path
        bare = ".".join(step for step in rest.split(".") if step not in kinds)
        return replace(path, spelled=usual_path(bare, arm_type), kinds=kinds)

    def _excepted(self, arm_type: str, rest: str) -> str | None:
        """Return the path of an alias that is an exception to the rule of thumb, else None."""
        exceptions, folded = self.exceptions.get(arm_type, {}), rest.lower()
        if folded in exceptions:
            return exceptions[folded]
        for length in sorted(_beginnings(folded), reverse=True):
            if prefix := exceptions.get(folded[:length]):
                return prefix + rest[length:]
        return None

    def with_paths(self, paths: Mapping[str, str]) -> "Aliases":
        """Return the table extended by the paths of a few aliases."""
        table = {arm_type: dict(rows) for arm_type, rows in self.exceptions.items()}
        for alias, path in paths.items():
            arm_type, rest = split_alias(alias)
            table.setdefault(arm_type, {})[rest.lower()] = path
        return Aliases(self.types, table)


def is_alias(name: str) -> bool:
    """Tell whether a text has the form of an alias of one ARM type."""
    return name.count("/") > 1 and bool(_FORM.fullmatch(name))


def split_alias(alias: str) -> tuple[str, str]:
    """Return the ARM type of an alias, lower case, and the rest."""
    arm_type, _, rest = alias.rpartition("/")
    return arm_type.lower(), rest


def usual_path(rest: str, arm_type: str = "") -> str:
    """Return the path of an alias by the rule of thumb, given its part after the type.

    It is under `properties` unless it begins with a sibling of that; members that are resources
    have their own `properties`. The name of a singleton resource, `default`, is not part of a path,
    and `type` alone is a field, so an alias of that name means something else.
    """
    parts = _PARTS | _PARTS_OF.get(arm_type.partition("/")[0], frozenset())
    inner = rest[len(_SINGLETON) :] if rest.lower().startswith(_SINGLETON) else rest
    first, *others = re.split(r"(?<=\[\*\])\.", inner)
    beside = _head(first) in _TOP_LEVEL and first.lower() != "type"
    path = first if beside else f"{PROPERTIES}.{first}"
    for other in others:
        name = re.split(r"[.\[]", path.removesuffix("[*]"))[-1].lower()
        is_own = _head(other) in _PART_TOP_LEVEL and (name, _head(other)) != _KIND_OF_EXTENSION
        nested = name in parts and not is_own
        path += f".properties.{other}" if nested else f".{other}"
    return path


def _kinds(rest: str) -> frozenset[str]:
    """Return the steps in the rest of an alias that may be the kind required of a value.

    `typeProperties` of a linked service is `AzureBlobStorage.typeProperties` where that is its
    kind; documents have no such step. A kind is capitalised, and is only the last step if it is the
    type of a resource: `Microsoft-Storage-Blob` of a data source stands for the data source.
    """
    *steps, last = rest.split(".")
    kinds = frozenset(step for step in steps if _KIND.fullmatch(step))
    return kinds | {last} if last.startswith(_PROVIDER) else kinds - {last}


def _beginnings(rest: str) -> Iterator[int]:
    """Yield the length of every prefix that an exception may be for; the text is lower case."""
    if _head(rest) not in _TOP_LEVEL:
        yield 0
    yield from (place + 1 for place, letter in enumerate(rest) if letter == ".")


def _head(path: str) -> str:
    """Return the first word of a path, lower case."""
    return re.split(r"[.\[]", path, maxsplit=1)[0].lower()
