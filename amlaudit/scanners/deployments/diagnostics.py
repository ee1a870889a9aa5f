"""What a prediction of a deployment says that it does not show.

https://learn.microsoft.com/azure/azure-resource-manager/templates/deploy-what-if
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field

from amlaudit.core.arm_id import ROOT, normalise, type_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.texts import cut
from amlaudit.scanners.files.json_values import objects_of

_NESTED: Final = "nesteddeployment"
"""What codes begin with that say of a nested deployment that its resources are not shown.

https://github.com/Azure/arm-template-whatif/issues/157
"""
_DEPLOYMENT: Final = "microsoft.resources/deployments"
_LONGEST: Final = 160
"""Characters of what it says that a message shows."""


class Hidden(Struct):
    """What a prediction does not show.

    Attributes:
        types: ARM types, lower case, of which there may be more than it shows.
        anything: Resources of any type may be among them.
    """

    types: set[str] = field(default_factory=set)
    anything: bool = False

    def add(self, part: str) -> None:
        """Note a resource that is not shown, by its ARM type, or by another word if it has none."""
        self.types.add(part)
        self.anything |= "/" not in part

    def hides(self, arm_type: str) -> bool:
        """Tell whether there may be more of a type, lower case, than is shown."""
        return self.anything or arm_type in self.types


def hidden_by(diagnostics: object, name: str) -> Iterator[Gap]:
    """Yield a gap for each nested deployment that is not shown, and for each error.

    Args:
        diagnostics: What a prediction says beside what it predicts.
        name: Name of its file.
    """
    for each in map(_folded, objects_of(diagnostics)):
        code, level = str(each.get("code") or ""), str(each.get("level") or "")
        if level.lower() != "error" and not code.lower().startswith(_NESTED):
            continue
        target = normalise(str(each.get("target") or ""))
        scope, part = (target, type_of(target)) if type_of(target) else (ROOT, _DEPLOYMENT)
        told = cut(" ".join(str(each.get("message") or "").split()), _LONGEST)
        detail = f"{name} does not show all that is deployed: {told} ({code})"
        yield Gap(scope, part, Reason.UNRESOLVED, detail)


def vouched_for(seen: tuple[str, ...], hidden: Hidden) -> tuple[str, ...]:
    """Return the types of which all is seen though a prediction does not show everything."""
    return tuple(each for each in seen if not hidden.hides(each))


def _folded(diagnostic: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a diagnostic with its keys in lower case: PowerShell begins them with capitals."""
    return {key.lower(): value for key, value in diagnostic.items()}
