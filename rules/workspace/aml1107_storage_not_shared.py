"""AML1107: the workspace does not share its storage account without data isolation."""

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
    title="The workspace does not share its storage account without data isolation",
    severity="high",
    severity_reason=(
        "Anyone with access to one of the workspaces can read and change code and data of both."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A workspace keeps notebooks, models and results in containers of its storage account. Two "
        "workspaces with the same account can access each other's containers, unless both were "
        "created with data isolation, which gives each workspace its own containers; hubs and "
        "projects are taken to have it unless they say otherwise. A hub shares its account with "
        "its projects by design."
    ),
    fix=Fix(
        "az ml workspace create --resource-group {group} --name <new workspace> "
        "--storage-account <new account id> --enable-data-isolation",
        change=Change.RECREATE,
        irreversible=True,
        note=(
            "The account and data isolation of a workspace cannot be changed: its assets have to "
            "be moved."
        ),
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
    """Check data isolation of all workspaces on the storage account, including this one."""
    if workspace.text("kind", default="Default") != "project":
        some_text(workspace, ACCOUNT)  # each has one: if none is shown, it is unknown
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
                    f"{other.name} uses the same storage account, {each.name} is not isolated"
                )
    return not_applicable("only a hub and its projects share the account") if relatives else ok()


def _is_isolated(workspace: Subject) -> bool:
    """Tell whether a workspace has data isolation, for which its kind sets the default."""
    kind = one_of(workspace, "kind", ISOLATED_BY_KIND, default="Default")
    return workspace.flag(ISOLATED, default=ISOLATED_BY_KIND[kind], since=SHOWN_SINCE)
