"""AML2207: policy exemptions expire and are justified."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of


@rule(
    id="AML2207",
    title="Policy exemptions for the workspace have an expiration date and a justification",
    severity="low",
    severity_reason=(
        "Each exemption suspends one policy, visibly to anyone who monitors policy compliance."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "An exemption is made for a week and remains for years. Without an expiration date "
        "and a justification, nobody dares to remove it, and the exempted policy no longer "
        "protects anything."
    ),
    fix=Fix(
        "az policy exemption update --name <exemption> --scope <scope> "
        "--expires-on <time> --description <reason and owner>",
        note="Delete the exemption if nobody can justify it.",
        undeclared=(
            "Whoever requested an exemption has to justify it and set its expiration date."
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-integrate-azure-policy",
        "https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure",
    ),
    mappings={"mcsb": ["PV-2"], "waf": ["Security"]},
    parameters={
        "max_exemption_days": (
            180,
            "Maximum number of days from now within which an exemption must expire.",
        )
    },
)
def exemptions_end(workspace: Subject) -> Verdict:
    """Check every exemption at the workspace and above; one without an end never expires."""
    flaws = [(each.name, _flaw_of(each)) for each in workspace.follow("policy-exemptions")]
    if not flaws:
        return not_applicable("no exemption applies to the workspace")
    problems = [f"{name} {flaw}" for name, flaw in flaws if flaw]
    return fail("; ".join(problems)) if problems else ok()


def _flaw_of(exemption: Subject) -> str:
    """Return the flaw of an exemption, empty if there is none."""
    if not exemption.get("properties.expiresOn", default=None):
        return "has no expiration date"
    left = exemption.time("properties.expiresOn") - exemption.read_at
    if left.days < 0:
        return "has expired, but still exists"
    if left.days > number_of(exemption, "max_exemption_days"):
        return f"expires in {left.days} days"
    if not exemption.text("properties.description", default="").strip():
        return "has no description"
    return ""
