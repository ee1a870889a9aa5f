"""What Bicep and Terraform have in common when they declare what fixes a fail.

`amlaudit.core.bicep_code` and `amlaudit.core.terraform_code` write the languages; here is what both
need: which companions a file declares, under which names, and where expressions go.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/scope-extension-resources
https://registry.terraform.io/providers/Azure/azapi/latest/docs
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.companions import ITSELF, REFERENCE, Body, Companion, Deed, Judged
from amlaudit.core.dialects import Dialect, Key, Raw
from amlaudit.core.path import Steps, parse_path, tree_of

ITS: Final = "its."
"""How references begin to the resource that the relations of a companion lead to."""
AUDITED: Final = "audited"
"""The name of the judged resource in a file."""
NO_VERSION: Final = "<api-version>"
"""Written where no API version is known."""
_NUMBER: Final = " (number)"
"""The suffix of a blank that is a number."""

OWN_SETTINGS: Final = Companion(deed=Deed.SET, under=ITSELF)
"""The judged resource as a companion: the expressions in its own settings are written for it."""


class Block(Struct, frozen=True):
    """A companion that a file declares.

    Attributes:
        companion: The companion.
        parent: The companion that it belongs to; None: it belongs to the judged resource.
    """

    companion: Companion
    parent: Companion | None = None

    @property
    def parent_resource(self) -> Companion | None:
        """The companion of which it is a child resource; None: it is not one."""
        parent, child = self.parent, self.companion
        is_child = (
            parent is not None
            and child.type_name.startswith(f"{parent.type_name}/")
            and child.name.startswith(f"{parent.name}/")
        )
        return parent if is_child else None


class Token(NamedTuple):
    """A reference or a blank; one of the two is empty.

    Attributes:
        reference: What it refers to, without braces (`its.id`).
        blank: What people fill in, without brackets (`subnet id`).
        is_number: Whether the blank is a number.
    """

    reference: str
    blank: str
    is_number: bool


def blocks_of(companions: Iterable[Companion]) -> Iterator[Block]:
    """Yield the companions that a file can declare; removals are not among them."""
    seen: list[Companion] = []
    for companion in companions:
        # Paths that end in the same relation differ for people, not in files: declare one.
        same = replace(companion, via=companion.via[-1:])
        if same in seen:
            continue
        seen.append(same)
        if companion.deed is not Deed.REMOVE and not _is_own_setting(companion):
            yield Block(companion)
        for each in companion.along:
            own = each if each.via else replace(each, via=companion.via)
            yield Block(replace(own, via_version=companion.via_version), companion)


def is_declared(judged: Judged) -> bool:
    """Tell whether a file can declare any part of what fixes a fail."""
    return bool(own_settings(judged)) or any(True for _ in blocks_of(judged.companions))


def own_settings(judged: Judged) -> dict[str, object]:
    """Return what the judged resource must declare itself; the first to set a path wins."""
    values: dict[Steps, object] = {
        parse_path(path): value for path, value in judged.settings.items()
    }
    for companion in filter(_is_own_setting, judged.companions):
        values = _values_set_by(companion) | values
    return tree_of(values)


def settings_of(companion: Companion) -> dict[str, object]:
    """Return what a companion sets, as nested objects; for a list, its new members."""
    return tree_of(_values_set_by(companion))


def _values_set_by(companion: Companion) -> dict[Steps, object]:
    """Return what a companion sets, by the steps of each path."""
    values = dict(companion.body) | {path: [each] for path, each in companion.joined.items()}
    return {parse_path(path): value for path, value in values.items()}


def _is_own_setting(companion: Companion) -> bool:
    """Tell whether a companion is a setting of the judged resource itself."""
    return companion.deed is Deed.SET and companion.under == ITSELF and not companion.via


def kind_of(type_name: str, api_version: str) -> str:
    """Return a type and its version, as files name them."""
    return f"{type_name}@{api_version or NO_VERSION}"


def token_in(text: str) -> Token:
    """Return the reference or the blank that a text is."""
    ((reference, blank),) = REFERENCE.findall(text)
    return Token(reference, blank.removesuffix(_NUMBER), blank.endswith(_NUMBER))


class Code(ABC):
    """A file under construction, in one language.

    Attributes:
        dialect: How the language writes values and names.
        judged: The resource that the companions belong to.
        inputs: The kinds of the values that people supply, by name.
        required: What must already exist: type and API version, by name.
        declared: What each declaration declares, by name.
    """

    dialect: ClassVar[Dialect]

    def __init__(self, judged: Judged) -> None:
        """Start an empty file."""
        self.judged = judged
        self.inputs: dict[str, str] = {}
        self.required: dict[str, str] = {}
        self.declared: dict[str, Companion] = {}

    @abstractmethod
    def expression(self, text: str, companion: Companion) -> str:
        """Return the expression for a reference or a blank in a text of a companion."""

    def new_name(self, companion: Companion) -> str:
        """Return a unique name for the declaration of a companion."""
        word = _singular(companion.type_name.rpartition("/")[2])
        name, number = self.dialect.identifier(word), 1
        while name in self.declared or name in self.required or name in self.inputs:
            number += 1
            name = f"{self.dialect.identifier(word)}{number}"
        self.declared[name] = companion
        return name

    def name_of(self, companion: Companion) -> str:
        """Return the name under which a companion is already declared."""
        return next(name for name, each in self.declared.items() if each == companion)

    def body(self, body: Body, companion: Companion) -> dict[str, object]:
        """Return a JSON object of a companion with expressions for its references and blanks."""
        return {
            self._key(key, companion): self._value(member, companion)
            for key, member in body.items()
        }

    def text(self, text: str, companion: Companion) -> object:
        """Return a text of a companion, or the expression that it becomes."""
        if not REFERENCE.search(text):
            return text
        if REFERENCE.fullmatch(text):
            return Raw(self.expression(text, companion))
        quote = self.dialect.quote
        parts, place = [], 0
        for match in REFERENCE.finditer(text):
            inner = self.expression(match[0], companion)
            parts += [quote(text[place : match.start()])[1:-1], f"${{{inner}}}"]
            place = match.end()
        mark = quote("")[0]
        return Raw(f"{mark}{''.join(parts)}{quote(text[place:])[1:-1]}{mark}")

    def _value(self, value: object, companion: Companion) -> object:
        """Return a JSON value of a companion with expressions for its references and blanks."""
        match value:
            case str():
                return self.text(value, companion)
            case Mapping():
                return self.body(value, companion)
            case list() | tuple():
                return [self._value(member, companion) for member in value]
            case _:
                return value

    def _key(self, key: str, companion: Companion) -> str:
        """Return a key of an object, as an expression if it is one."""
        return Key(self.expression(key, companion)) if REFERENCE.fullmatch(key) else key


def _singular(word: str) -> str:
    """Return the singular of a word in a type."""
    if word.endswith("ies"):
        return word.removesuffix("ies") + "y"
    return word.removesuffix("s")
