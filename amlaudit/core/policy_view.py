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


class Expression(NamedTuple):
    """One thing that a policy looked at when it evaluated a resource.

    Attributes:
        path: The property, or the expression where it is none.
        operator: How it was compared (`Equals`).
        found: What was there, as text.
        wanted: What it was compared with, as text.
        held: Whether the comparison held; a policy names what must not be, so that it is
            non-compliant where all of it holds.
    """

    path: str
    operator: str
    found: str
    wanted: str
    held: bool


class Remediation(NamedTuple):
    """A task by which Azure Policy is to mend what an assignment found.

    Attributes:
        name: Its name.
        state: What became of it, in Azure's words (`Succeeded`).
        deployments: How many resources it had to mend; None: Azure does not say.
        failed: How many of them it could not; None: same.
    """

    name: str
    state: str
    deployments: int | None = None
    failed: int | None = None


class Attestation(NamedTuple):
    """What somebody states of a resource that a policy cannot look at by itself.

    Attributes:
        name: Its name.
        compliance: What is stated.
        owner: Who answers for it, empty where nobody is named.
        expires: Until when it holds, as Azure spells it, empty: for ever.
        comment: Why.
    """

    name: str
    compliance: Compliance
    owner: str = ""
    expires: str = ""
    comment: str = ""


class Exemption(NamedTuple):
    """What somebody lets stand in Azure Policy; no waiver, which only a waiver file gives.

    Attributes:
        name: Its name.
        category: Why, in Azure's words: `Waiver` (it is borne), `Mitigated` (met in another way).
        expires: Until when it holds, as Azure spells it, empty: for ever.
        comment: What was written beside it.
    """

    name: str
    category: str = ""
    expires: str = ""
    comment: str = ""

    def saying(self) -> str:
        """Return in words what is let stand, until when, and why."""
        kind = f" ({self.category.lower()})" if self.category else ""
        until = f" until {self.expires}" if self.expires else ""
        why = f": {self.comment}" if self.comment else ""
        return f"exempted by {self.name}{kind}{until}{why}"


class PolicyView(NamedTuple):
    """What one assigned policy says of a resource; a tuple, because findings carry it.

    Attributes:
        definition: Name of the policy definition, one that the rule is mapped to.
        assignment: Id of the assignment that watches the resource.
        effect: What the policy does, lower case, empty where Azure does not say.
        compliance: What it found.
        at: When Azure evaluated it, as Azure spells it, empty where it does not say.
        scope: Normalised id of what the policy is assigned to, empty where Azure does not say.
        expressions: What it looked at; empty: Azure was not asked, or does not say.
        remediations: The tasks that are to mend what the assignment finds here.
        attestations: What people state of the resource, for this policy.
        exemptions: What exempts the resource from it, expired or not.
    """

    definition: str
    assignment: str
    effect: str
    compliance: Compliance
    at: str = ""
    scope: str = ""
    expressions: tuple[Expression, ...] = ()
    remediations: tuple[Remediation, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
