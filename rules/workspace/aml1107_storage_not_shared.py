"""AML1107: no other workspace can read and change the files of this one."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.sharing import family_of, sharers
from amlaudit.readings.texts import some_text

ACCOUNT: Final = "properties.storageAccount"
ISOLATED: Final = "properties.enableDataIsolation"
SHOWN_SINCE: Final = "2024-04-01"  # API version
ISOLATED_BY_KIND: Final = {"default": False, "featurestore": False, "hub": True, "project": True}


@rule(
    id="AML1107",
    title="No other workspace can read and change the files of this one",
    severity="high",
    severity_reason="Whoever is in one of the two can read and change the code and data of both.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A workspace keeps notebooks, models and results in containers of its storage account. "
        "Two workspaces with one account hold each other's keys to them, unless both have been "
        "made with data isolation, which gives every workspace containers of its own. A hub shares "
        "its account with its projects by design."
    ),
    fix=Fix(
        "az ml workspace create --resource-group {group} --name <new workspace> "
        "--storage-account <new account id> --enable-data-isolation",
        change=Change.RECREATE,
        irreversible=True,
        note="A workspace keeps its account and its isolation for life: its assets have to move.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {ACCOUNT: "<storage account id>"},
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
        "https://learn.microsoft.com/azure/machine-learning/concept-enterprise-security",
    ),
    mappings={"waf": ["Security"]},
)
def storage_not_shared(workspace: Subject) -> Verdict:
    """Ask everybody who shares the storage account, this workspace too, for data isolation."""
    if workspace.text("kind", default="Default") != "project":
        some_text(workspace, ACCOUNT)  # each has one: where none is shown, it is not known which
    elif workspace.get(ACCOUNT, default=None) is None:
        return not_applicable("a project uses the account of its hub")
    relatives = 0
    for other in sharers(workspace, "storage"):
        if family_of(other) == family_of(workspace):
            relatives += 1
            continue
        for each in (workspace, other):
            if not _is_isolated(each):
                return fail(
                    f"{other.name} has the same storage account, and {each.name} no isolation"
                )
    return not_applicable("only hub and projects share the account") if relatives else ok()


def _is_isolated(workspace: Subject) -> bool:
    """Tell whether a workspace has containers of its own, which its kind decides by default."""
    kind = one_of(workspace, "kind", ISOLATED_BY_KIND, default="Default")
    return workspace.flag(ISOLATED, default=ISOLATED_BY_KIND[kind], since=SHOWN_SINCE)
