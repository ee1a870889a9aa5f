"""AML2207: exemptions from policies end, and say why they are there."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of


@rule(
    id="AML2207",
    title="Exemptions from policies that the workspace has end, and say why",
    severity="low",
    severity_reason="Each hides one policy, and whoever watches policies sees that it does.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "An exemption is made for a week and stays for years. Once it has no end and no reason, "
        "nobody dares to remove it, and the policy that it lifts protects nothing any more."
    ),
    fix=Fix(
        "az policy exemption update --name <exemption> --scope <scope> "
        "--expires-on <time> --description <reason and owner>",
        note="Delete it where nobody can say what it is for.",
        undeclared="Whoever asked for an exemption has to say why, and until when.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-integrate-azure-policy",
        "https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure",
    ),
    mappings={"mcsb": ["PV-2"], "waf": ["Security"]},
    parameters={"max_exemption_days": (180, "days from now within which an exemption must end")},
)
def exemptions_end(workspace: Subject) -> Verdict:
    """Look at every exemption at the workspace and above; one without an end never ends."""
    flaws = [(each.name, _flaw_of(each)) for each in workspace.follow("policy-exemptions")]
    if not flaws:
        return not_applicable("no exemption holds for the workspace")
    told = [f"{name} {flaw}" for name, flaw in flaws if flaw]
    return fail("; ".join(told)) if told else ok()


def _flaw_of(exemption: Subject) -> str:
    """Return what is wrong with an exemption, nothing if all is well."""
    if not exemption.get("properties.expiresOn", default=None):
        return "has no end"
    left = exemption.time("properties.expiresOn") - exemption.read_at
    if left.days < 0:
        return "is over, and still there"
    if left.days > number_of(exemption, "max_exemption_days"):
        return f"ends in {left.days} days"
    if not exemption.text("properties.description", default="").strip():
        return "does not say why"
    return ""
