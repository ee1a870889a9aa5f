"""How infrastructure as code declares companions, in Bicep and Terraform.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/scope-extension-resources
https://registry.terraform.io/providers/Azure/azapi/latest/docs
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.companions import ITSELF, REFERENCE, Body, Companion, Deed
from amlaudit.core.dialects import Dialect, Key, Raw
from amlaudit.core.path import Steps, parse_path, tree_of

ITS: Final = "its."
AUDITED: Final = "audited"
NO_VERSION: Final = "<api-version>"
NUMBER: Final = " (number)"
"""The suffix of a blank that is a number."""


class Judged(Struct, frozen=True):
    """The judged resource, and what is to be declared.

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

    @property
    def kind(self) -> str:
        """Its type and version, as files name them."""
        return f"{self.type_name}@{self.api_version or NO_VERSION}"


class Declared(Struct, frozen=True):
    """A companion that a file can declare, and the companion that it belongs to."""

    companion: Companion
    parent: Companion | None = None


def declared_in(companions: Iterable[Companion]) -> Iterator[Declared]:
    """Yield the companions that a file can declare; removals are not among them."""
    seen: list[Companion] = []
    for companion in companions:
        # Paths that end in the same relation differ for people, not in files: declare one.
        same = replace(companion, via=companion.via[-1:])
        if same in seen:
            continue
        seen.append(same)
        if companion.deed is not Deed.REMOVE and not _is_own(companion):
            yield Declared(companion)
        for each in companion.along:
            own = each if each.via else replace(each, via=companion.via)
            yield Declared(replace(own, via_version=companion.via_version), companion)


def is_declared(judged: Judged) -> bool:
    """Tell whether a file can declare any part of what fixes a fail."""
    return bool(Code(judged).values()) or any(True for _ in declared_in(judged.companions))


def _is_own(companion: Companion) -> bool:
    """Tell whether a companion is a setting of the judged resource itself."""
    return companion.deed is Deed.SET and companion.under == ITSELF and not companion.via


class Code(Struct):
    """A file under construction.

    Attributes:
        judged: The resource that the companions belong to.
        names: Names of the values that people supply, with the kind of each.
        symbols: What must already exist: type and API version, by name.
        taken: Names of declarations, with the companion that each declares.
    """

    judged: Judged
    names: dict[str, str] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    taken: dict[str, Companion] = field(default_factory=dict)

    def values(self) -> dict[str, object]:
        """Return what the judged resource must declare itself; the first to set a path wins."""
        values: dict[Steps, object] = {
            parse_path(path): value for path, value in self.judged.settings.items()
        }
        for companion in filter(_is_own, self.judged.companions):
            values = parsed(companion) | values
        return tree_of(values)

    def symbol_for(self, companion: Companion, spell: Callable[[str], str]) -> str:
        """Return a unique name for a declaration."""
        word = _singular(companion.type_name.rpartition("/")[2])
        name, number = spell(word), 1
        while name in self.taken or name in self.symbols or name in self.names:
            number += 1
            name = f"{spell(word)}{number}"
        self.taken[name] = companion
        return name

    def name_of(self, companion: Companion) -> str:
        """Return the name under which a companion is already declared."""
        return next(name for name, each in self.taken.items() if each == companion)


def taken_apart(text: str) -> tuple[str, str, bool]:
    """Return the reference and the blank in a text, and whether the blank is a number.

    The text is one of the two; the other is empty.
    """
    ((reference, blank),) = REFERENCE.findall(text)
    return reference, blank.removesuffix(NUMBER), blank.endswith(NUMBER)


def is_child(declared: Declared) -> bool:
    """Tell whether a companion is a child resource of the companion that it belongs to."""
    parent, child = declared.parent, declared.companion
    return (
        parent is not None
        and child.type_name.startswith(f"{parent.type_name}/")
        and child.name.startswith(f"{parent.name}/")
    )


def lifted(body: Body) -> tuple[dict[str, object], dict[str, object]]:
    """Return what Terraform declares outside a body, and the rest of the body."""
    beside = {key: value for key, value in body.items() if key in ("location", "tags")}
    return beside, {key: value for key, value in body.items() if key not in beside}


def _singular(word: str) -> str:
    """Return the singular of a word in a type."""
    if word.endswith("ies"):
        return word.removesuffix("ies") + "y"
    return word.removesuffix("s")


def _words_of(text: str) -> list[str]:
    """Return the words of a text, an identifier or a relation; at least one."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text) or ["it"]


def camel(text: str) -> str:
    """Return a text in camel case, for Bicep."""
    first, *others = [word.lower() for word in _words_of(text)]
    return first + "".join(word.capitalize() for word in others)


def snake(text: str) -> str:
    """Return a text in snake case, for Terraform."""
    return "_".join(word.lower() for word in _words_of(text))


Expression: TypeAlias = Callable[[str], str]
"""Returns a language's expression for a reference or a blank."""


def written_body(body: Body, dialect: Dialect, expression: Expression) -> dict[str, object]:
    """Return a JSON object in which references and blanks are expressions of a language."""
    return {
        _key(key, expression): _any_written(member, dialect, expression)
        for key, member in body.items()
    }


def _key(key: str, expression: Expression) -> str:
    """Return a key, as an expression if it is one."""
    return Key(expression(key)) if REFERENCE.fullmatch(key) else key


def _any_written(value: object, dialect: Dialect, expression: Expression) -> object:
    """Return a JSON value in which references and blanks are expressions of a language."""
    match value:
        case str():
            return written(value, dialect, expression)
        case Mapping():
            return written_body(value, dialect, expression)
        case list() | tuple():
            return [_any_written(member, dialect, expression) for member in value]
        case _:
            return value


def written(text: str, dialect: Dialect, expression: Expression) -> object:
    """Return a text, or the expression it becomes if it contains references or blanks."""
    if not REFERENCE.search(text):
        return text
    if REFERENCE.fullmatch(text):
        return Raw(expression(text))
    parts, place = [], 0
    for match in REFERENCE.finditer(text):
        parts += [dialect.quote(text[place : match.start()])[1:-1], f"${{{expression(match[0])}}}"]
        place = match.end()
    mark = dialect.quote("")[0]
    return Raw(f"{mark}{''.join(parts)}{dialect.quote(text[place:])[1:-1]}{mark}")


ITSELF_SET: Final = Companion(deed=Deed.SET, under=ITSELF)
"""The judged resource, as the companion that expressions are written for."""


def parsed(companion: Companion) -> dict[Steps, object]:
    """Return what a companion sets, by the steps of each path; for a list, its new members."""
    values = dict(companion.body) | {path: [each] for path, each in companion.joined.items()}
    return {parse_path(path): value for path, value in values.items()}
