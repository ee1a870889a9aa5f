"""Commands and actions that Terraform runs besides what it declares.

https://developer.hashicorp.com/terraform/language/provisioners
https://developer.hashicorp.com/terraform/language/invoke-actions
"""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.arm_id import ROOT
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.patterns import late_pattern
from amlaudit.scanners.deployments.terraform.plan import Plan
from amlaudit.scanners.deployments.terraform.references import References
from amlaudit.scanners.files.json_values import object_of, objects_of

_LOCAL: Final = "local-exec"
"""Runs on Terraform's machine, mostly with its permissions."""
_WAITS: Final = late_pattern(r"\s*sleep\s+[\d.]+[smh]?\s*")


def commands_in(plan: Plan, references: References) -> Iterator[Gap]:
    """Yield a gap for each action, and for each new resource that runs a command.

    They may create anything.
    """
    for address in plan.actions:
        detail = f"{address} is run, which may create or change anything"
        yield Gap(ROOT, address, Reason.UNRESOLVED, detail)
    for each in plan.declarations:
        written = references.written(each).get("provisioners") if each.is_new else None
        lines = [object_of(one.get("expressions")) for one in objects_of(written) if _is_local(one)]
        commands = [object_of(one.get("command")).get("constant_value") for one in lines]
        if not all(map(_only_waits, commands)):
            detail = f"{each.address} runs a command, which may create or change anything"
            yield Gap(ROOT, each.address, Reason.UNRESOLVED, detail)


def _is_local(provisioner: object) -> bool:
    """Tell whether a provisioner runs on Terraform's machine."""
    return object_of(provisioner).get("type") == _LOCAL


def _only_waits(command: object) -> bool:
    """Tell whether a command does nothing but wait."""
    return isinstance(command, str) and _WAITS.fullmatch(command) is not None
