"""What Azure Policy says of what a rule judges: context for a verdict, never a part of it."""

from enum import StrEnum
from typing import NamedTuple


class Compliance(StrEnum):
    """What Azure Policy found, in its own words.

    https://learn.microsoft.com/azure/governance/policy/concepts/compliance-states
    """

    NON_COMPLIANT = "non_compliant"
    COMPLIANT = "compliant"
    EXEMPT = "exempt"
    CONFLICTING = "conflicting"
    UNKNOWN = "unknown"
    """Not evaluated yet, or in a state that this version does not know."""


class PolicyView(NamedTuple):
    """What one assigned policy says of a resource; a tuple, because findings carry it.

    Attributes:
        definition: Name of the policy definition, one that the rule is mapped to.
        assignment: Id of the assignment that watches the resource.
        effect: What the policy does, lower case, empty where Azure does not say.
        compliance: What it found.
        at: When Azure evaluated it, as Azure spells it, empty where it does not say.
    """

    definition: str
    assignment: str
    effect: str
    compliance: Compliance
    at: str = ""
