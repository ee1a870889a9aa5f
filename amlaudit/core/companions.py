"""Companions: what must change outside a resource for it to pass.

A private endpoint must be created, a lock removed, a property of the vault set: the judged resource
itself is unchanged, and still passes afterwards. Texts of a companion contain references, `{id}`,
and blanks that people fill in, `<log analytics id>` or `<days (number)>`.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct, field

from amlaudit.core.patterns import late_pattern

Body: TypeAlias = Mapping[str, object]
"""JSON values by name or by property path."""

REFERENCE: Final = late_pattern(
    r"\{(id|name|location|group(?:\.id)?|subscription|(?:its|parameters|texts)(?:\.[A-Za-z_]+)+)\}"
    r"|<([A-Za-z][^<>\n]*)>"
)
"""A reference (first group) or a blank (second).

`{id}`, `{name}` and `{location}` are the judged resource's, `{group}` and `{group.id}` those of its
resource group, `{subscription}` the id of its subscription; `{its.id}`, `{its.name}`,
`{its.location}` and `{its.group}` are those of the resource that `via` leads to, and
`{its.properties.scope}` is the value at a path in it;
`{parameters.days}` is the value of a parameter of the rule, `{texts.days}` the same as a text.
"""

ITSELF: Final = "{its.id}"
"""The reference to the resource that `via` leads to."""


class Deed(StrEnum):
    """What is done with a companion."""

    ADD = "add"
    """It is created, or overwritten if it exists."""
    SET = "set"
    """Some of its properties are changed."""
    REMOVE = "remove"
    """It, or a member of one of its lists, is removed."""


class Companion(Struct, frozen=True, kw_only=True):
    """One change outside the judged resource, or to it.

    Attributes:
        deed: What is done.
        type_name: ARM type of what is created or set, as Azure spells it; empty for a removal.
        api_version: API version from which its properties are known, empty if none.
        name: Name of what is created.
        under: Id of the parent or scope of what is created, else of what is set or removed.
        via: Chain of relations that lead there from the judged resource; empty: the resource
            itself. One resource is created for each that they lead to.
        body: For a created resource, its document; for a modified one, values by property path.
        joined: Members added to lists, by property path.
        member: Path of the list from which a member is removed; empty: the resource is removed.
        along: What is done with it, after it, for the same resource.
        via_version: API version of what `via` leads to, empty if none.
    """

    deed: Deed
    type_name: str = ""
    api_version: str = ""
    name: str = ""
    under: str = "{id}"
    via: tuple[str, ...] = ()
    body: Body = field(default_factory=dict)
    joined: Body = field(default_factory=dict)
    member: str = ""
    along: tuple["Companion", ...] = ()
    via_version: str = ""


class Judged(Struct, frozen=True):
    """The judged resource, and what is to be declared for it to pass.

    Attributes:
        type_name: Its ARM type, as Azure spells it.
        api_version: The API version that it is declared with, empty if none is known.
        settings: What it must declare itself, by property path.
        companions: What must change outside it.
    """

    type_name: str
    api_version: str
    settings: Body
    companions: tuple[Companion, ...]


class Declarations(Struct, frozen=True):
    """What files must declare, generated in advance.

    Attributes:
        judged: What it was generated for; it is valid for nothing else.
        bicep: What a Bicep file must declare.
        terraform: What a Terraform file must declare.
    """

    judged: Judged
    bicep: str
    terraform: str


def adding(  # noqa: PLR0913 - one argument for each field of what is created
    type_name: str,
    name: str,
    body: Body,
    *,
    under: str = "{id}",
    via: Iterable[str] = (),
    along: Iterable[Companion] = (),
    api_version: str = "",
) -> Companion:
    """Return a companion that creates a resource; see `Companion` for the arguments."""
    return Companion(
        deed=Deed.ADD,
        type_name=type_name,
        api_version=api_version,
        name=name,
        under=under,
        via=tuple(via),
        body=body,
        along=tuple(along),
    )


def setting(  # noqa: PLR0913 - one argument for each field of what is set
    type_name: str,
    body: Body,
    *,
    under: str = ITSELF,
    via: Iterable[str] = (),
    joined: Body | None = None,
    along: Iterable[Companion] = (),
) -> Companion:
    """Return a companion that sets properties; see `Companion` for the arguments."""
    return Companion(
        deed=Deed.SET,
        type_name=type_name,
        under=under,
        via=tuple(via),
        body=body,
        joined=joined or {},
        along=tuple(along),
    )


def removing(*via: str, member: str = "") -> Companion:
    """Return a companion that removes what relations lead to; see `Companion` for the arguments."""
    return Companion(deed=Deed.REMOVE, under=ITSELF, via=via, member=member)


def texts_in(value: object) -> Iterator[str]:
    """Yield the texts in a JSON value, including keys of objects."""
    match value:
        case str():
            yield value
        case Mapping():
            for key, member in value.items():
                yield key
                yield from texts_in(member)
        case list() | tuple():
            for member in value:
                yield from texts_in(member)
        case _:
            pass


def tokens_of(companion: Companion) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the references and the blanks in the texts of a companion, in order."""
    parts = (companion.name, companion.under, companion.body, companion.joined)
    found = [match for part in parts for text in texts_in(part) for match in _tokens(text)]
    references = dict.fromkeys(reference for reference, _ in found if reference)
    return tuple(references), tuple(dict.fromkeys(blank for _, blank in found if blank))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield (reference, blank) of a text, one of them empty."""
    return ((match[1] or "", match[2] or "") for match in REFERENCE.finditer(text))


def filled_in(value: object, words: Mapping[str, object]) -> object:
    """Return a JSON value with known words substituted for references and blanks.

    A text that is only one of them becomes the word itself, which need not be a text.
    """
    match value:
        case str():
            return _filled_text(value, words)
        case Mapping():
            return {
                str(_filled_text(key, words)): filled_in(member, words)
                for key, member in value.items()
            }
        case list() | tuple():
            return [filled_in(member, words) for member in value]
        case _:
            return value


def _filled_text(text: str, words: Mapping[str, object]) -> object:
    """Return a text with words substituted, or the word that replaces all of it."""
    whole = REFERENCE.fullmatch(text)
    if whole and (key := whole[1] or whole[2]) in words:
        return words[key]
    return REFERENCE.sub(
        lambda match: str(words.get(match[1] or match[2], match[0])),
        text,
    )


def id_under(scope_id: str, type_name: str, name: str) -> str:
    """Return the id of a child of a resource, or of a resource that is in or extends a scope.

    Args:
        scope_id: The parent, or the scope.
        type_name: ARM type.
        name: Its name, prefixed with the names of parents not in the scope, separated by `/`.
    """
    provider, *kinds = type_name.split("/")
    names = name.split("/")
    own = zip(kinds[-len(names) :], names, strict=True)
    pairs = "/".join(f"{kind}/{each}" for kind, each in own)
    is_whole = len(names) == len(kinds)
    return f"{scope_id}/providers/{provider}/{pairs}" if is_whole else f"{scope_id}/{pairs}"
