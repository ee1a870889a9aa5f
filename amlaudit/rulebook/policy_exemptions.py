"""Policy exemptions in files: notes on what fails, not waivers.

https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.policy_view import Exemption
from amlaudit.engine.policy.definition import Exempted
from amlaudit.language.values import items
from amlaudit.rulebook.policy_selectors import (
    folded,
    name_in,
    properties_of,
    reach_of,
    scope_above,
    selected_by,
)

_KIND: Final = "policyexemptions"
_ASSIGNED: Final = (
    "policydefinitionname", "policydefinitionid", "policysetdefinitionname",
    "policysetdefinitionid",
)  # fmt: skip
"""How policies as code name what is assigned, instead of the assignment.

https://azure.github.io/enterprise-azure-policy-as-code/policy-exemptions/
"""
_ASSIGNMENT: Final = "/providers/microsoft.authorization/policyassignments/"


class FileExemption(NamedTuple):
    """An exemption in a file.

    Attributes:
        assignment: Name of the assignment it exempts from, lower case; empty if given otherwise.
        definition: Name of the definition or set whose assignments it exempts from, lower case.
        scope: Normalised id of the scope of that assignment, empty if not given.
        members: The members of a set that it exempts from, lower case; none: all of them.
        exempted: What it exempts.
    """

    assignment: str
    definition: str
    scope: str
    members: frozenset[str]
    exempted: Exempted

    def is_of(self, assignment: str, definition: str, scope: str) -> bool:
        """Tell whether it is from an assignment of a definition; its scope may be unspecified."""
        if self.definition:
            return self.definition == definition
        is_there = not (self.scope and scope) or self.scope == scope
        return self.assignment == assignment.lower() and is_there

    def is_from(self, reference: str) -> bool:
        """Tell whether it is from a member of a set, given the member's reference id."""
        return not self.members or reference.lower() in self.members


def exemption_of(document: Mapping[str, Any], name: str) -> FileExemption | None:
    """Parse an exemption from JSON; None if it is not one.

    Args:
        document: The JSON object.
        name: What to call it if it has no name.
    """
    keys = folded(document)
    properties = properties_of(keys)
    target = _target(properties)
    if target is None or not isinstance(properties.get("exemptioncategory"), str):
        return None
    exemption = Exemption(
        str(properties.get("displayname") or keys.get("name") or name),
        properties["exemptioncategory"],
        str(properties.get("expireson") or ""),
        str(properties.get("description") or ""),
    )
    members = items(properties.get("policydefinitionreferenceids"))
    reach = reach_of(scope_above(keys, _KIND), None)
    return FileExemption(
        *target,
        frozenset(str(each).lower() for each in members),
        Exempted(exemption, reach, selected_by(properties.get("resourceselectors"))),
    )


def _target(properties: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return what it exempts from: assignment, definition, scope; None if none is given."""
    given = properties.get("policyassignmentid")
    if isinstance(given, str) and given:
        scope, own, _ = arm_id.normalise(given).partition(_ASSIGNMENT)
        return name_in(given).lower(), "", scope if own else ""
    assigned = next((properties[key] for key in _ASSIGNED if properties.get(key)), None)
    return ("", name_in(assigned).lower(), "") if isinstance(assigned, str) else None
