"""AML1506: no container of a workspace storage account is open to readers without sign-in."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.workspaces import workspaces_with_data_in


@rule(
    id="AML1506",
    title="No container of the storage account can be read without sign-in",
    severity="critical",
    severity_reason="Whoever guesses or is told the name of an open container reads what is in it.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A container that is set to public shows its blobs, or even the list of them, to everybody "
        "who can reach the account. Nobody signs in, so no log tells who took the data. The "
        "setting has no effect while the account forbids anonymous access, which is the better "
        "place to say no."
    ),
    fix=Fix(
        "az storage container set-permission --account-name {name} --name <container> "
        "--public-access off --auth-mode key",
        companions=(
            setting(
                "Microsoft.Storage/storageAccounts/blobServices/containers",
                {"properties.publicAccess": "None"},
                via=("blob-service", "blob-containers"),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://github.com/Azure/PSRule.Rules.Azure/tree/main/src/PSRule.Rules.Azure/rules",
    ),
    mappings={"nist_800_53_r5": ["AC-3"], "iso_27001_2022": ["A.8.3"], "waf": ["Security"]},
)
def no_open_container(account: Subject) -> Verdict:
    """Unless the account forbids anonymous access, look for a container that offers it."""
    if account.text("kind") == "filestorage":
        return not_applicable("an account for files has no containers")
    if not any(True for _ in workspaces_with_data_in(account)):
        return not_applicable("no workspace has data in this account")
    if not account.flag("properties.allowBlobPublicAccess", default=True):
        return ok("the account forbids anonymous access, whatever its containers say")
    for service in account.follow("blob-service"):
        for container in service.follow("blob-containers"):
            readers = ("none", "blob", "container")
            if one_of(container, "properties.publicAccess", readers, default="None") != "none":
                return fail(f"anybody can read the container {container.name}")
    return ok()
