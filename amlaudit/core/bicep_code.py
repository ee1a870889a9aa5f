"""What a Bicep file must declare for a rule to pass: for a resource and its companions.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/scope-extension-resources
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.companion_code import (
    AUDITED,
    ITS,
    OWN_SETTINGS,
    Block,
    Code,
    blocks_of,
    kind_of,
    own_settings,
    settings_of,
    token_in,
)
from amlaudit.core.companions import ITSELF, REFERENCE, Companion, Deed, Judged
from amlaudit.core.dialects import BICEP, Dialect, Raw, camel
from amlaudit.core.relations import RELATIONS
from amlaudit.core.type_names import spelled_type

_KNOWN: Final = {
    "group": "resourceGroup().name",
    "group.id": "resourceGroup().id",
    "subscription": "subscription().id",
}
"""References that Bicep has functions for."""


def bicep_code(judged: Judged) -> str:
    """Return what a Bicep file must declare, empty if it cannot."""
    code = _Bicep(judged)
    own = code.own_declaration()
    blocks = [code.declaration(each) for each in blocks_of(judged.companions)]
    if not blocks and not own:
        return ""
    is_scope = judged.type_name.lower() == SUBSCRIPTION_TYPE
    head = ["targetScope = 'subscription'"] if is_scope and blocks else []
    params = [f"param {name} {kind}" for name, kind in code.inputs.items()]
    existing = [code.existing(symbol) for symbol in code.required if symbol != AUDITED or not own]
    return "\n\n".join(filter(None, (*head, "\n".join(params), *existing, own, *blocks)))


class _Bicep(Code):
    """A Bicep file under construction."""

    dialect: ClassVar[Dialect] = BICEP

    def own_declaration(self) -> str:
        """Return the declaration of the judged resource itself, empty if it sets nothing."""
        body = self.body(own_settings(self.judged), OWN_SETTINGS)
        if not body:
            return ""
        kind = BICEP.quote(kind_of(self.judged.type_name, self.judged.api_version))
        return f"resource {AUDITED} {kind} = {BICEP.write(body)}"

    def declaration(self, block: Block) -> str:
        """Return the declaration of a companion."""
        companion = block.companion
        if companion.deed is Deed.ADD:
            content = dict(self._head(block)) | self.body(companion.body, companion)
        else:
            content = self.body(settings_of(companion), companion)
        symbol = self.new_name(companion)
        kind = BICEP.quote(kind_of(companion.type_name, companion.api_version))
        text = f"resource {symbol} {kind} = {BICEP.write(content)}"
        return "\n".join((*self._remarks(companion), text))

    def existing(self, symbol: str) -> str:
        """Return the declaration of something that already exists."""
        return f"resource {symbol} '{self.required[symbol]}' existing = {{\n  name: '<name>'\n}}"

    def expression(self, text: str, companion: Companion) -> str:
        """See `Code.expression`."""
        reference, blank, is_number = token_in(text)
        if blank:
            return self._param(camel(blank), "int" if is_number else "string")
        if known := _KNOWN.get(reference):
            return known
        if reference == "location":
            self.inputs.setdefault("location", "string = resourceGroup().location")
            return "location"
        via = companion.via if reference.startswith(ITS) else ()
        symbol = camel(via[-1]) if via else AUDITED
        arm_type = spelled_type(RELATIONS[via[-1]].target) if via else self.judged.type_name
        path = reference.removeprefix(ITS)
        if arm_type.lower() == SUBSCRIPTION_TYPE:
            return f"subscription().{'subscriptionId' if path == 'name' else path}"
        if path in ("location", "group"):
            return self._param(camel(f"{symbol} {path}"))
        self._require(symbol, companion)
        return f"{symbol}.{path}"

    def _head(self, block: Block) -> Iterator[tuple[str, object]]:
        """Yield the parent or scope of a created resource, and its name."""
        companion, parent = block.companion, block.parent_resource
        name = companion.name
        if parent:
            yield "parent", Raw(self.name_of(parent))
            name = name.removeprefix(f"{parent.name}/")
        elif companion.under in ("{id}", ITSELF):
            yield from self._place(companion)
        yield "name", self.text(name, companion)

    def _place(self, companion: Companion) -> Iterator[tuple[str, object]]:
        """Yield the parent or the scope of something that belongs to a resource."""
        symbol, arm_type = self._anchor(companion)
        if arm_type.lower() == SUBSCRIPTION_TYPE:
            return
        is_child = companion.type_name.lower().startswith(f"{arm_type.lower()}/")
        self._require(symbol, companion)
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

    def _require(self, symbol: str, companion: Companion) -> None:
        """Record that something must already exist."""
        if symbol == AUDITED:
            kind = kind_of(self.judged.type_name, self.judged.api_version)
        else:
            arm_type = spelled_type(RELATIONS[companion.via[-1]].target)
            kind = kind_of(arm_type, companion.via_version)
        self.required.setdefault(symbol, kind)

    def _param(self, name: str, kind: str = "string") -> str:
        """Record a parameter and return its name, which nothing else has."""
        if name in self.declared or name in self.required:
            name = f"{name}Given"
        self.inputs.setdefault(name, kind)
        return name
