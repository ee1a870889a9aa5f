"""Companions: what has to be otherwise beside a resource for it to pass.

A private endpoint has to be made, a lock taken away, a property of the vault set: the judged
resource stays as it is, and passes all the same. Texts of a companion hold references, `{id}`, and
blanks that people fill in, `<log analytics id>` or `<days (number)>`.
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
`{its.properties.scope}` is what stands at a path of it;
`{parameters.days}` is the value of a parameter of the rule, `{texts.days}` the same as a text.
"""

ITSELF: Final = "{its.id}"
"""The reference to what `via` leads to."""


class Deed(StrEnum):
    """What is done with a companion."""

    ADD = "add"
    """It is made, or made over where it is there already."""
    SET = "set"
    """Some of its properties get other values."""
    REMOVE = "remove"
    """It is taken away, or a member of one of its lists."""


class Companion(Struct, frozen=True, kw_only=True):
    """One thing to do beside the judged resource, or to it.

    Attributes:
        deed: What is done.
        type_name: ARM type of what is made or set, as Azure spells it; empty for what is removed.
        api_version: Version of the API that its properties are known of, empty if of none.
        name: Of what is made.
        under: Id of the parent or scope of what is made, else of what is set or removed.
        via: Relations that lead there from the judged resource, one after the other; empty: to
            itself. What is made is made for each resource that they lead to.
        body: The document of what is made; of what is set, values by property path.
        joined: Members that lists get beside those they have, by property path.
        member: Path of the list of which a member is removed; empty: the resource is.
        along: What is done with it, after it, for the same resource.
        via_version: Version of the API of what `via` leads to, empty if of none.
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


def adding(  # noqa: PLR0913 - one argument for each field of what is made
    type_name: str,
    name: str,
    body: Body,
    *,
    under: str = "{id}",
    via: Iterable[str] = (),
    along: Iterable[Companion] = (),
    api_version: str = "",
) -> Companion:
    """Return that a resource has to be made; see `Companion` for the arguments."""
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
    """Return that properties have to be set; see `Companion` for the arguments."""
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
    """Return that what relations lead to has to go; see `Companion` for the arguments."""
    return Companion(deed=Deed.REMOVE, under=ITSELF, via=via, member=member)


def texts_in(value: object) -> Iterator[str]:
    """Yield the texts in a JSON value, keys of objects too."""
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
    """Return the references and the blanks in the texts of a companion, in their order."""
    parts = (companion.name, companion.under, companion.body, companion.joined)
    found = [match for part in parts for text in texts_in(part) for match in _tokens(text)]
    references = dict.fromkeys(reference for reference, _ in found if reference)
    return tuple(references), tuple(dict.fromkeys(blank for _, blank in found if blank))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield (reference, blank) of a text, one of them empty."""
    return ((match[1] or "", match[2] or "") for match in REFERENCE.finditer(text))


def filled_in(value: object, words: Mapping[str, object]) -> object:
    """Return a JSON value in which words stand for references and blanks that they are known for.

    A text that is nothing but one of them becomes the word itself, which need not be a text.
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
    """Return a text with words in it, or the word that is all of it."""
    whole = REFERENCE.fullmatch(text)
    if whole and (key := whole[1] or whole[2]) in words:
        return words[key]
    return REFERENCE.sub(
        lambda match: str(words.get(match[1] or match[2], match[0])),
        text,
    )


def id_under(scope_id: str, type_name: str, name: str) -> str:
    """Return the id of a child of a resource, or of what lies in or extends a scope.

    Args:
        scope_id: The parent, or the scope.
        type_name: ARM type.
        name: Its name; names of parents that the scope does not hold stand before it, with `/`.
    """
    provider, *kinds = type_name.split("/")
    names = name.split("/")
    own = zip(kinds[-len(names) :], names, strict=True)
    pairs = "/".join(f"{kind}/{each}" for kind, each in own)
    is_whole = len(names) == len(kinds)
    return f"{scope_id}/providers/{provider}/{pairs}" if is_whole else f"{scope_id}/{pairs}"
