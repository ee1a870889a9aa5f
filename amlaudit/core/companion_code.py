"""How infrastructure as code declares companions, in Bicep and Terraform.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/scope-extension-resources
https://registry.terraform.io/providers/Azure/azapi/latest/docs
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.companions import ITSELF, REFERENCE, Body, Companion, Deed, id_under
from amlaudit.core.dialects import BICEP, TERRAFORM, Dialect, Key, Raw
from amlaudit.core.path import parse_path, tree_of
from amlaudit.core.relations import RELATIONS
from amlaudit.core.type_names import spelled_type

_ITS: Final = "its."
_AUDITED: Final = "audited"
_NO_VERSION: Final = "<api-version>"
_NUMBER: Final = " (number)"
"""How a blank ends that is a number."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The judged resource, which companions are beside.

    Attributes:
        type_name: Its ARM type, as Azure spells it.
        api_version: The version of the API that it is declared with.
    """

    type_name: str
    api_version: str


def bicep_companions(judged: Judged, companions: Iterable[Companion]) -> str:
    """Return what a Bicep file must say beside a resource, empty if it cannot say it."""
    code = _Bicep(judged)
    blocks = [code.block(each) for each in _declared(companions)]
    if not blocks:
        return ""
    of_subscription = judged.type_name.lower() == SUBSCRIPTION_TYPE
    head = ["targetScope = 'subscription'"] if of_subscription else []
    params = [f"param {name} {kind}" for name, kind in code.names.items()]
    existing = [code.existing(symbol) for symbol in code.symbols]
    return "\n\n".join(filter(None, (*head, "\n".join(params), *existing, *blocks)))


def terraform_companions(judged: Judged, companions: Iterable[Companion]) -> str:
    """Return what a Terraform file must say beside a resource, empty if it cannot say it."""
    code = _Terraform(judged)
    blocks = [code.block(each) for each in _declared(companions)]
    variables = [f'variable "{name}" {{\n  type = {kind}\n}}' for name, kind in code.names.items()]
    return "\n\n".join((*variables, *blocks))


@dataclass(frozen=True, slots=True)
class _Declared:
    """One companion that a file can declare, and the one that it is done along with."""

    companion: Companion
    parent: Companion | None = None


def _declared(companions: Iterable[Companion]) -> Iterator[_Declared]:
    """Yield the companions that a file can declare; what is removed it does not name."""
    seen: list[Companion] = []
    for companion in companions:
        # Ways to resources of one kind are told apart by people, not by files.
        same = replace(companion, via=companion.via[-1:])
        if same in seen:
            continue
        seen.append(same)
        if companion.deed is not Deed.REMOVE:
            yield _Declared(companion)
        for each in companion.along:
            own = each if each.via else replace(each, via=companion.via)
            yield _Declared(replace(own, via_version=companion.via_version), companion)


@dataclass(slots=True)
class _Code:
    """A file that is being written.

    Attributes:
        judged: The resource that companions are beside.
        names: What people give, by name: the kind of value.
        symbols: What must be there already: type and API version, by name.
        taken: Names of what is declared, with what is declared by them.
    """

    judged: Judged
    names: dict[str, str] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    taken: dict[str, Companion] = field(default_factory=dict)

    def symbol_for(self, companion: Companion, spell: Callable[[str], str]) -> str:
        """Return a name of its own for what is declared."""
        word = _singular(companion.type_name.rpartition("/")[2])
        name, number = spell(word), 1
        while name in self.taken or name in self.symbols:
            number += 1
            name = f"{spell(word)}{number}"
        self.taken[name] = companion
        return name

    def name_of(self, companion: Companion) -> str:
        """Return the name by which something is declared already."""
        return next(name for name, each in self.taken.items() if each == companion)


def _is_child(declared: _Declared) -> bool:
    """Tell whether a companion is a child of the one that it is done along with."""
    parent, child = declared.parent, declared.companion
    return (
        parent is not None
        and child.type_name.startswith(f"{parent.type_name}/")
        and child.name.startswith(f"{parent.name}/")
    )


def _lifted(body: Body) -> tuple[dict[str, object], dict[str, object]]:
    """Return what stands beside a body in Terraform, and the body."""
    beside = {key: value for key, value in body.items() if key in ("location", "tags")}
    return beside, {key: value for key, value in body.items() if key not in beside}


def _singular(word: str) -> str:
    """Return a word of a type as the name of one of its kind."""
    if word.endswith("ies"):
        return word.removesuffix("ies") + "y"
    return word.removesuffix("s")


def _words_of(text: str) -> list[str]:
    """Return the words of a text, an identifier or a relation."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text)


def _camel(text: str) -> str:
    """Return a text as Bicep names things."""
    first, *others = [word.lower() for word in _words_of(text)]
    return first + "".join(word.capitalize() for word in others)


def _snake(text: str) -> str:
    """Return a text as Terraform names things."""
    return "_".join(word.lower() for word in _words_of(text))


Expression: TypeAlias = Callable[[str], str]
"""Returns the expression of a language for a reference or a blank."""


def _object(body: Body, dialect: Dialect, expression: Expression) -> dict[str, object]:
    """Return a JSON object in which references and blanks are expressions of a language."""
    return {
        _key(key, expression): _written(member, dialect, expression) for key, member in body.items()
    }


def _key(key: str, expression: Expression) -> str:
    """Return a key, as an expression where it is one."""
    return Key(expression(key)) if REFERENCE.fullmatch(key) else key


def _written(value: object, dialect: Dialect, expression: Expression) -> object:
    """Return a JSON value in which references and blanks are expressions of a language."""
    match value:
        case str():
            return _text(value, dialect, expression)
        case Mapping():
            return _object(value, dialect, expression)
        case list() | tuple():
            return [_written(member, dialect, expression) for member in value]
        case _:
            return value


def _text(text: str, dialect: Dialect, expression: Expression) -> object:
    """Return a text, or the expression that it is."""
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


@dataclass(slots=True)
class _Bicep(_Code):
    """A Bicep file that is being written."""

    def block(self, declared: _Declared) -> str:
        """Return the declaration of a companion."""
        companion = declared.companion
        is_own = companion.deed is Deed.SET and companion.under == ITSELF and not companion.via
        symbol = _AUDITED if is_own else self.symbol_for(companion, _camel)
        version = companion.api_version or _NO_VERSION
        if companion.deed is Deed.ADD:
            content = dict(self._head(declared)) | self._write(companion, companion.body)
        else:
            content = self._write(companion, tree_of(_parsed(companion)))
        text = f"resource {symbol} '{companion.type_name}@{version}' = {BICEP.write(content)}"
        return "\n".join((*self._remarks(companion), text))

    def _write(self, companion: Companion, body: Body) -> dict[str, object]:
        """Return a body with Bicep's expressions in it."""
        return _object(body, BICEP, lambda text: self.expression(text, companion))

    def _head(self, declared: _Declared) -> Iterator[tuple[str, object]]:
        """Yield where something is made, and its name."""
        companion = declared.companion
        name = companion.name
        if _is_child(declared) and declared.parent:
            yield "parent", Raw(self.name_of(declared.parent))
            name = name.removeprefix(f"{declared.parent.name}/")
        elif companion.under in ("{id}", ITSELF):
            yield from self._place(companion)
        yield "name", _text(name, BICEP, lambda text: self.expression(text, companion))

    def _place(self, companion: Companion) -> Iterator[tuple[str, object]]:
        """Yield the parent or the scope of something that belongs to a resource."""
        symbol, arm_type = self._anchor(companion)
        if arm_type.lower() == SUBSCRIPTION_TYPE:
            return
        is_child = companion.type_name.lower().startswith(f"{arm_type.lower()}/")
        self._need(symbol, companion)
        yield "parent" if is_child else "scope", Raw(symbol)

    def _remarks(self, companion: Companion) -> Iterator[str]:
        """Yield what a declaration cannot say."""
        if companion.deed is Deed.SET:
            yield "// beside what the resource declares already"
        elif companion.under not in ("{id}", ITSELF, "{group.id}"):
            yield f"// to be deployed in {companion.under}"

    def _anchor(self, companion: Companion) -> tuple[str, str]:
        """Return the name and the type of what a companion belongs to."""
        if companion.under == "{id}" or not companion.via:
            return _AUDITED, self.judged.type_name
        return _camel(companion.via[-1]), spelled_type(RELATIONS[companion.via[-1]].target)

    def expression(self, text: str, companion: Companion) -> str:
        """Return the expression for a reference or a blank."""
        match = REFERENCE.fullmatch(text)
        reference, blank = (match[1] or "", match[2] or "") if match else ("", "")
        if blank:
            is_number = blank.endswith(_NUMBER)
            name = _camel(blank.removesuffix(_NUMBER))
            return self._param(name, "int" if is_number else "string")
        if known := _BICEP.get(reference):
            return known
        if reference == "location":
            self.names.setdefault("location", "string = resourceGroup().location")
            return "location"
        via = companion.via if reference.startswith(_ITS) else ()
        symbol = _camel(via[-1]) if via else _AUDITED
        arm_type = spelled_type(RELATIONS[via[-1]].target) if via else self.judged.type_name
        path = reference.removeprefix(_ITS)
        if arm_type.lower() == SUBSCRIPTION_TYPE:
            return f"subscription().{'subscriptionId' if path == 'name' else path}"
        if path in ("location", "group"):
            return self._param(_camel(f"{symbol} {path}"))
        self._need(symbol, companion)
        return f"{symbol}.{path}"

    def _need(self, symbol: str, companion: Companion) -> None:
        """Note that something must be there already."""
        if symbol == _AUDITED:
            kind, version = self.judged.type_name, self.judged.api_version
        else:
            kind = spelled_type(RELATIONS[companion.via[-1]].target)
            version = companion.via_version
        self.symbols.setdefault(symbol, f"{kind}@{version or _NO_VERSION}")

    def _param(self, name: str, kind: str = "string") -> str:
        """Return the name of a parameter, noted."""
        self.names.setdefault(name, kind)
        return name

    def existing(self, symbol: str) -> str:
        """Return the declaration of something that is there already."""
        return f"resource {symbol} '{self.symbols[symbol]}' existing = {{\n  name: '<name>'\n}}"


_BICEP: Final = {
    "group": "resourceGroup().name",
    "group.id": "resourceGroup().id",
    "subscription": "subscription().id",
}
"""References that Bicep has functions for."""


@dataclass(slots=True)
class _Terraform(_Code):
    """A Terraform file that is being written."""

    def block(self, declared: _Declared) -> str:
        """Return the declaration of a companion."""
        companion = declared.companion
        version = companion.api_version or _NO_VERSION
        kind: dict[str, object] = {"type": f"{companion.type_name}@{version}"}
        if companion.deed is Deed.ADD:
            symbol = self.symbol_for(companion, _snake)
            beside, body = _lifted(companion.body)
            content = kind | self._head(declared) | self._write(companion, beside)
            content["body"] = self._write(companion, body)
            return f'resource "azapi_resource" "{symbol}" {TERRAFORM.write(content)}'
        is_own = companion.under == ITSELF and not companion.via
        symbol = _AUDITED if is_own else self.symbol_for(companion, _snake)
        resource = "azapi_resource" if is_own else "azapi_update_resource"
        target = {} if is_own else {"resource_id": self._value(companion, companion.under)}
        body = self._write(companion, tree_of(_parsed(companion)))
        return f'resource "{resource}" "{symbol}" {TERRAFORM.write(kind | target | {"body": body})}'

    def _head(self, declared: _Declared) -> dict[str, object]:
        """Return where something is made, and its name."""
        companion = declared.companion
        parent, _, name = companion.name.rpartition("/")
        if _is_child(declared) and declared.parent:
            place: object = Raw(f"azapi_resource.{self.name_of(declared.parent)}.id")
        else:
            above = companion.type_name.rpartition("/")[0]
            whole = id_under(companion.under, above, parent) if parent else companion.under
            place = self._value(companion, whole)
        return {"parent_id": place, "name": self._value(companion, name)}

    def _value(self, companion: Companion, text: str) -> object:
        """Return a text with Terraform's expressions in it."""
        return _text(text, TERRAFORM, lambda each: self.expression(each, companion))

    def _write(self, companion: Companion, body: Body) -> dict[str, object]:
        """Return a body with Terraform's expressions in it."""
        return _object(body, TERRAFORM, lambda text: self.expression(text, companion))

    def expression(self, text: str, companion: Companion) -> str:
        """Return the expression for a reference or a blank."""
        match = REFERENCE.fullmatch(text)
        reference, blank = (match[1] or "", match[2] or "") if match else ("", "")
        if blank:
            is_number = blank.endswith(_NUMBER)
            name = _snake(blank.removesuffix(_NUMBER))
            return self._variable(name, "number" if is_number else "string")
        if known := _TERRAFORM.get(reference):
            return self._variable(known)
        via = companion.via if reference.startswith(_ITS) else ()
        symbol = _snake(via[-1]) if via else _AUDITED
        path = reference.removeprefix(_ITS)
        if not via and self.judged.type_name.lower() == SUBSCRIPTION_TYPE:
            return self._variable("subscription_resource_id")
        inner = f"output.{path}" if "." in path else path
        return f"azapi_resource.{symbol}.{inner}"

    def _variable(self, name: str, kind: str = "string") -> str:
        """Return a reference to a variable, noted."""
        self.names.setdefault(name, kind)
        return f"var.{name}"


_TERRAFORM: Final = {
    "group": "resource_group_name",
    "group.id": "resource_group_id",
    "subscription": "subscription_resource_id",
}
"""References that are given to a Terraform module."""


def _parsed(companion: Companion) -> dict[tuple[str, ...], object]:
    """Return what a companion sets, by steps of a path; of a list the members that it gets."""
    values = dict(companion.body) | {path: [each] for path, each in companion.joined.items()}
    return {parse_path(path): value for path, value in values.items()}
