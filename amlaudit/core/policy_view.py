"""What Azure Policy says about what a rule judges: context for a verdict, never part of it."""

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
        path: The property, or the expression if it is not one.
        operator: How it was compared (`Equals`).
        found: The value found, as text.
        wanted: What it was compared with, as text.
        held: Whether the comparison held; a policy describes what must not be, so a resource is
            non-compliant if all of it holds.
    """

    path: str
    operator: str
    found: str
    wanted: str
    held: bool


class Remediation(NamedTuple):
    """A task by which Azure Policy remediates what an assignment found.

    Attributes:
        name: Its name.
        state: Its state, in Azure's words (`Succeeded`).
        deployments: How many resources it had to remediate; None: Azure does not say.
        failed: For how many of them it failed; None: Azure does not say.
    """

    name: str
    state: str
    deployments: int | None = None
    failed: int | None = None


class Attestation(NamedTuple):
    """What somebody attests about a resource that a policy cannot check by itself.

    Attributes:
        name: Its name.
        compliance: What is attested.
        owner: Who is responsible for it, empty if nobody is named.
        expires: When it expires, as Azure spells it; empty: never.
        comment: Why.
    """

    name: str
    compliance: Compliance
    owner: str = ""
    expires: str = ""
    comment: str = ""


class Exemption(NamedTuple):
    """An exemption in Azure Policy; not a waiver, which only a waiver file grants.

    Attributes:
        name: Its name.
        category: Why, in Azure's words: `Waiver` (accepted), `Mitigated` (met in another way).
        expires: When it expires, as Azure spells it; empty: never.
        comment: The comment on it.
    """

    name: str
    category: str = ""
    expires: str = ""
    comment: str = ""

    def in_words(self) -> str:
        """Return the exemption in words: by what, until when, and why."""
        kind = f" ({self.category.lower()})" if self.category else ""
        until = f" until {self.expires}" if self.expires else ""
        why = f": {self.comment}" if self.comment else ""
        return f"exempted by {self.name}{kind}{until}{why}"


class PolicyView(NamedTuple):
    """What one assigned policy says about a resource; a tuple, because findings carry it.

    Attributes:
        definition: Name of the policy definition, one that the rule maps to.
        assignment: Id of the assignment that covers the resource.
        effect: What the policy does, lower case, empty if Azure does not say.
        compliance: What it found.
        at: When Azure evaluated it, as Azure spells it, empty if it does not say.
        scope: Normalised id of what the policy is assigned to, empty if Azure does not say.
        expressions: What it looked at; empty: Azure was not asked, or does not say.
        remediations: The tasks that remediate what the assignment finds here.
        attestations: What people attest about the resource, for this policy.
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
