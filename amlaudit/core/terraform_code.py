"""What a Terraform file must declare for a rule to pass: for a resource and its companions.

https://registry.terraform.io/providers/Azure/azapi/latest/docs
"""

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
    declared_in,
    is_child,
    lifted,
    parsed,
    snake,
    taken_apart,
    written,
    written_body,
)
from amlaudit.core.companions import Body, Companion, Deed, id_under
from amlaudit.core.dialects import TERRAFORM, Raw
from amlaudit.core.path import tree_of


def terraform_code(judged: Judged) -> str:
    """Return what a Terraform file must declare, empty if it cannot."""
    code = _Terraform(judged)
    own = code.own()
    blocks = [code.block(each) for each in declared_in(judged.companions)]
    variables = [f'variable "{name}" {{\n  type = {kind}\n}}' for name, kind in code.names.items()]
    return "\n\n".join(filter(None, (*variables, own, *blocks)))


class _Terraform(Code):
    """A Terraform file under construction."""

    def own(self) -> str:
        """Return the declaration of the judged resource itself, empty if it sets nothing."""
        body = self._write(ITSELF_SET, self.values())
        content = {"type": self.judged.kind, "body": body}
        return f'resource "azapi_resource" "{AUDITED}" {TERRAFORM.write(content)}' if body else ""

    def block(self, declared: Declared) -> str:
        """Return the declaration of a companion."""
        companion = declared.companion
        version = companion.api_version or NO_VERSION
        kind: dict[str, object] = {"type": f"{companion.type_name}@{version}"}
        symbol = self.symbol_for(companion, snake)
        if companion.deed is Deed.ADD:
            beside, body = lifted(companion.body)
            content = kind | self._head(declared) | self._write(companion, beside)
            content["body"] = self._write(companion, body)
            return f'resource "azapi_resource" "{symbol}" {TERRAFORM.write(content)}'
        kind["resource_id"] = self._value(companion, companion.under)
        kind["body"] = self._write(companion, tree_of(parsed(companion)))
        return f'resource "azapi_update_resource" "{symbol}" {TERRAFORM.write(kind)}'

    def _head(self, declared: Declared) -> dict[str, object]:
        """Return the parent of a created resource, and its name."""
        companion = declared.companion
        parent, _, name = companion.name.rpartition("/")
        if is_child(declared) and declared.parent:
            place: object = Raw(f"azapi_resource.{self.name_of(declared.parent)}.id")
        else:
            above = companion.type_name.rpartition("/")[0]
            whole = id_under(companion.under, above, parent) if parent else companion.under
            place = self._value(companion, whole)
        return {"parent_id": place, "name": self._value(companion, name)}

    def _value(self, companion: Companion, text: str) -> object:
        """Return a text with Terraform's expressions in it."""
        return written(text, TERRAFORM, lambda each: self.expression(each, companion))

    def _write(self, companion: Companion, body: Body) -> dict[str, object]:
        """Return a body with Terraform's expressions in it."""
        return written_body(body, TERRAFORM, lambda text: self.expression(text, companion))

    def expression(self, text: str, companion: Companion) -> str:
        """Return the expression for a reference or a blank."""
        reference, blank, is_number = taken_apart(text)
        if blank:
            return self._variable(snake(blank), "number" if is_number else "string")
        if known := _TERRAFORM.get(reference):
            return self._variable(known)
        via = companion.via if reference.startswith(ITS) else ()
        symbol = snake(via[-1]) if via else AUDITED
        path = reference.removeprefix(ITS)
        if not via and self.judged.type_name.lower() == SUBSCRIPTION_TYPE:
            return self._variable("subscription_resource_id")
        inner = f"output.{path}" if "." in path else path
        return f"azapi_resource.{symbol}.{inner}"

    def _variable(self, name: str, kind: str = "string") -> str:
        """Record a variable and return a reference to it."""
        self.names.setdefault(name, kind)
        return f"var.{name}"


_TERRAFORM: Final = {
    "group": "resource_group_name",
    "group.id": "resource_group_id",
    "subscription": "subscription_resource_id",
}
"""References that are passed to a Terraform module as variables."""
