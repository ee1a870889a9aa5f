"""What a Terraform file must declare for a rule to pass: for a resource and its companions.

https://registry.terraform.io/providers/Azure/azapi/latest/docs
"""

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
from amlaudit.core.companions import Body, Companion, Deed, Judged, id_under
from amlaudit.core.dialects import TERRAFORM, Dialect, Raw, snake

_PASSED: Final = {
    "group": "resource_group_name",
    "group.id": "resource_group_id",
    "subscription": "subscription_resource_id",
}
"""References that are passed to a Terraform module as variables."""


def terraform_code(judged: Judged) -> str:
    """Return what a Terraform file must declare, empty if it cannot."""
    code = _Terraform(judged)
    own = code.own_declaration()
    blocks = [code.declaration(each) for each in blocks_of(judged.companions)]
    variables = [f'variable "{name}" {{\n  type = {kind}\n}}' for name, kind in code.inputs.items()]
    return "\n\n".join(filter(None, (*variables, own, *blocks)))


class _Terraform(Code):
    """A Terraform file under construction."""

    dialect: ClassVar[Dialect] = TERRAFORM

    def own_declaration(self) -> str:
        """Return the declaration of the judged resource itself, empty if it sets nothing."""
        body = self.body(own_settings(self.judged), OWN_SETTINGS)
        if not body:
            return ""
        kind = kind_of(self.judged.type_name, self.judged.api_version)
        content = TERRAFORM.write({"type": kind, "body": body})
        return f'resource "azapi_resource" "{AUDITED}" {content}'

    def declaration(self, block: Block) -> str:
        """Return the declaration of a companion."""
        companion = block.companion
        content: dict[str, object] = {"type": kind_of(companion.type_name, companion.api_version)}
        symbol = self.new_name(companion)
        if companion.deed is Deed.ADD:
            beside, body = lifted(companion.body)
            content |= self._head(block) | self.body(beside, companion)
            content["body"] = self.body(body, companion)
            return f'resource "azapi_resource" "{symbol}" {TERRAFORM.write(content)}'
        content["resource_id"] = self.text(companion.under, companion)
        content["body"] = self.body(settings_of(companion), companion)
        return f'resource "azapi_update_resource" "{symbol}" {TERRAFORM.write(content)}'

    def expression(self, text: str, companion: Companion) -> str:
        """See `Code.expression`."""
        reference, blank, is_number = token_in(text)
        if blank:
            return self._variable(snake(blank), "number" if is_number else "string")
        if passed := _PASSED.get(reference):
            return self._variable(passed)
        via = companion.via if reference.startswith(ITS) else ()
        symbol = snake(via[-1]) if via else AUDITED
        path = reference.removeprefix(ITS)
        if not via and self.judged.type_name.lower() == SUBSCRIPTION_TYPE:
            return self._variable("subscription_resource_id")
        inner = f"output.{path}" if "." in path else path
        return f"azapi_resource.{symbol}.{inner}"

    def _head(self, block: Block) -> dict[str, object]:
        """Return the parent of a created resource, and its name."""
        companion = block.companion
        parent_name, _, name = companion.name.rpartition("/")
        if parent := block.parent_resource:
            parent_id: object = Raw(f"azapi_resource.{self.name_of(parent)}.id")
        else:
            parent_type = companion.type_name.rpartition("/")[0]
            under = companion.under
            whole = id_under(under, parent_type, parent_name) if parent_name else under
            parent_id = self.text(whole, companion)
        return {"parent_id": parent_id, "name": self.text(name, companion)}

    def _variable(self, name: str, kind: str = "string") -> str:
        """Record a variable and return a reference to it."""
        self.inputs.setdefault(name, kind)
        return f"var.{name}"


def lifted(body: Body) -> tuple[dict[str, object], dict[str, object]]:
    """Return what Terraform declares outside a body, and the rest of the body."""
    beside = {key: value for key, value in body.items() if key in ("location", "tags")}
    return beside, {key: value for key, value in body.items() if key not in beside}
