"""What a Bicep file must declare for a rule to pass: for a resource and its companions.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/scope-extension-resources
"""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.companion_code import (
    AUDITED,
    ITS,
    ITSELF_SET,
    NO_VERSION,
    Code,
    Declared,
    Judged,
    camel,
    declared_in,
    is_child,
    parsed,
    taken_apart,
    written,
    written_body,
)
from amlaudit.core.companions import ITSELF, REFERENCE, Body, Companion, Deed
from amlaudit.core.dialects import BICEP, Raw
from amlaudit.core.path import tree_of
from amlaudit.core.relations import RELATIONS
from amlaudit.core.type_names import spelled_type


def bicep_code(judged: Judged) -> str:
    """Return what a Bicep file must declare, empty if it cannot."""
    code = _Bicep(judged)
    own = code.own()
    blocks = [code.block(each) for each in declared_in(judged.companions)]
    if not blocks and not own:
        return ""
    is_scope = judged.type_name.lower() == SUBSCRIPTION_TYPE
    head = ["targetScope = 'subscription'"] if is_scope and blocks else []
    params = [f"param {name} {kind}" for name, kind in code.names.items()]
    existing = [code.existing(symbol) for symbol in code.symbols if symbol != AUDITED or not own]
    return "\n\n".join(filter(None, (*head, "\n".join(params), *existing, own, *blocks)))


class _Bicep(Code):
    """A Bicep file under construction."""

    def own(self) -> str:
        """Return the declaration of the judged resource itself, empty if it sets nothing."""
        body = self._write(ITSELF_SET, self.values())
        return (
            f"resource {AUDITED} {BICEP.quote(self.judged.kind)} = {BICEP.write(body)}"
            if body
            else ""
        )

    def block(self, declared: Declared) -> str:
        """Return the declaration of a companion."""
        companion = declared.companion
        version = companion.api_version or NO_VERSION
        if companion.deed is Deed.ADD:
            content = dict(self._head(declared)) | self._write(companion, companion.body)
        else:
            content = self._write(companion, tree_of(parsed(companion)))
        symbol = self.symbol_for(companion, camel)
        kind = BICEP.quote(f"{companion.type_name}@{version}")
        text = f"resource {symbol} {kind} = {BICEP.write(content)}"
        return "\n".join((*self._remarks(companion), text))

    def _write(self, companion: Companion, body: Body) -> dict[str, object]:
        """Return a body with Bicep's expressions in it."""
        return written_body(body, BICEP, lambda text: self.expression(text, companion))

    def _head(self, declared: Declared) -> Iterator[tuple[str, object]]:
        """Yield the parent or scope of a created resource, and its name."""
        companion = declared.companion
        name = companion.name
        if is_child(declared) and declared.parent:
            yield "parent", Raw(self.name_of(declared.parent))
            name = name.removeprefix(f"{declared.parent.name}/")
        elif companion.under in ("{id}", ITSELF):
            yield from self._place(companion)
        yield "name", written(name, BICEP, lambda text: self.expression(text, companion))

    def _place(self, companion: Companion) -> Iterator[tuple[str, object]]:
        """Yield the parent or the scope of something that belongs to a resource."""
        symbol, arm_type = self._anchor(companion)
        if arm_type.lower() == SUBSCRIPTION_TYPE:
            return
        is_child = companion.type_name.lower().startswith(f"{arm_type.lower()}/")
        self._need(symbol, companion)
        yield "parent" if is_child else "scope", Raw(symbol)

    def _remarks(self, companion: Companion) -> Iterator[str]:
        """Yield comments on what a declaration cannot express."""
        if companion.deed is Deed.SET:
            yield "// in addition to what the resource already declares"
        elif companion.under not in ("{id}", ITSELF, "{group.id}"):
            place = REFERENCE.sub(lambda each: self.expression(each[0], companion), companion.under)
            yield f"// deploy to {' '.join(place.split())}"

    def _anchor(self, companion: Companion) -> tuple[str, str]:
        """Return the name and the type of the resource that a companion belongs to."""
        if companion.under == "{id}" or not companion.via:
            return AUDITED, self.judged.type_name
        return camel(companion.via[-1]), spelled_type(RELATIONS[companion.via[-1]].target)

    def expression(self, text: str, companion: Companion) -> str:
        """Return the expression for a reference or a blank."""
        reference, blank, is_number = taken_apart(text)
        if blank:
            return self._param(camel(blank), "int" if is_number else "string")
        if known := _BICEP.get(reference):
            return known
        if reference == "location":
            self.names.setdefault("location", "string = resourceGroup().location")
            return "location"
        via = companion.via if reference.startswith(ITS) else ()
        symbol = camel(via[-1]) if via else AUDITED
        arm_type = spelled_type(RELATIONS[via[-1]].target) if via else self.judged.type_name
        path = reference.removeprefix(ITS)
        if arm_type.lower() == SUBSCRIPTION_TYPE:
            return f"subscription().{'subscriptionId' if path == 'name' else path}"
        if path in ("location", "group"):
            return self._param(camel(f"{symbol} {path}"))
        self._need(symbol, companion)
        return f"{symbol}.{path}"

    def _need(self, symbol: str, companion: Companion) -> None:
        """Record that something must already exist."""
        if symbol == AUDITED:
            kind, version = self.judged.type_name, self.judged.api_version
        else:
            kind = spelled_type(RELATIONS[companion.via[-1]].target)
            version = companion.via_version
        self.symbols.setdefault(symbol, f"{kind}@{version or NO_VERSION}")

    def _param(self, name: str, kind: str = "string") -> str:
        """Record a parameter and return its name, which nothing else has."""
        if name in self.taken or name in self.symbols:
            name = f"{name}Given"
        self.names.setdefault(name, kind)
        return name

    def existing(self, symbol: str) -> str:
        """Return the declaration of something that already exists."""
        return f"resource {symbol} '{self.symbols[symbol]}' existing = {{\n  name: '<name>'\n}}"


_BICEP: Final = {
    "group": "resourceGroup().name",
    "group.id": "resourceGroup().id",
    "subscription": "subscription().id",
}
"""References that Bicep has functions for."""
