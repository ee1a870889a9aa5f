"""What a deployment prediction says that it does not show.

https://learn.microsoft.com/azure/azure-resource-manager/templates/deploy-what-if
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.arm_id import ROOT, normalise, type_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.patterns import late_pattern
from amlaudit.core.texts import cut
from amlaudit.scanners.files.found import ANYTHING, Found
from amlaudit.scanners.files.json_values import objects_of

_NESTED: Final = "nesteddeployment"
"""Prefix of codes saying that the resources of a nested deployment are not shown.

https://github.com/Azure/arm-template-whatif/issues/157
"""
_DEPLOYMENT: Final = "microsoft.resources/deployments"
_TYPE: Final = late_pattern(r"\bMicrosoft\.\w+(?:/\w+)+", re.IGNORECASE)
_LONGEST: Final = 160
"""Maximum number of characters of its text in a message."""


class Hidden(Struct):
    """What a prediction does not show.

    Attributes:
        types: ARM types, lower case, of which there may be more than shown.
        anything: There may be more of any type.
    """

    types: set[str] = field(default_factory=set)
    anything: bool = False

    def add(self, part: str) -> None:
        """Record a hidden resource, by its ARM type, or by another word if it has none."""
        self.types.add(part)
        self.anything |= "/" not in part

    def add_anything(self, gaps: Iterable[Gap]) -> Iterator[Found]:
        """Yield gaps behind which resources of any type may be, and record that."""
        for gap in gaps:
            self.anything = True
            yield Found(gap=gap, unseen=replace(gap, part=ANYTHING))

    def hides(self, arm_type: str) -> bool:
        """Tell whether there may be more of a type, lower case, than shown."""
        return self.anything or arm_type in self.types


def hidden_by(diagnostics: object, name: str) -> Iterator[Gap]:
    """Yield a gap for each nested deployment that is not shown, and for each error.

    Args:
        diagnostics: What a prediction reports besides its predictions.
        name: Name of its file.
    """
    for each in map(_folded, objects_of(diagnostics)):
        code, level = str(each.get("code") or ""), str(each.get("level") or "")
        if level.lower() != "error" and not code.lower().startswith(_NESTED):
            continue
        target = normalise(str(each.get("target") or ""))
        scope, part = (target, type_of(target)) if type_of(target) else (ROOT, _DEPLOYMENT)
        message = cut(" ".join(str(each.get("message") or "").split()), _LONGEST)
        detail = f"{name} does not show everything that is deployed: {message} ({code})"
        yield Gap(scope, part, Reason.UNRESOLVED, detail)


def unexported(error: object, name: str) -> Iterator[Gap]:
    """Yield a gap for each type of which an exported template lacks resources.

    Args:
        error: What the export reports besides the template; None: nothing.
        name: Name of its file.
    """
    if not isinstance(error, Mapping):
        return
    for each in list(objects_of(error.get("details"))) or [error]:
        message = " ".join(str(each.get("message") or "").split())
        types = dict.fromkeys(match.lower() for match in _TYPE.findall(message)) or ["resource"]
        for arm_type in types:
            detail = f"{name} does not contain everything that exists: {cut(message, _LONGEST)}"
            yield Gap(ROOT, arm_type, Reason.NOT_COLLECTED, detail)


def vouched_for(seen: tuple[str, ...], hidden: Hidden) -> tuple[str, ...]:
    """Return the types that are seen completely although a prediction hides some."""
    return tuple(each for each in seen if not hidden.hides(each))


def _folded(diagnostic: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a diagnostic with lower-case keys: PowerShell capitalises them."""
    return {key.lower(): value for key, value in diagnostic.items()}
