"""AML1411: secrets that people create in the key vault of a workspace expire."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.patterns import matches

ENDS: Final = "properties.attributes.exp"


@rule(
    id="AML1411",
    title="Secrets that people create in the workspace's key vault expire after a limited time",
    severity="low",
    severity_reason="A forgotten password still grants access to the system it was issued for.",
    applies_to="Microsoft.KeyVault/vaults",
    because=(
        "Database passwords and partner tokens outlive the projects and people they were issued "
        "for. An expiration date forces someone to rotate them, and a date that has passed shows "
        "that nobody did. Secrets that Azure Machine Learning itself stores in the vault do not "
        "need one."
    ),
    fix=Fix(
        "az keyvault secret set-attributes --vault-name {name} --name <secret> --expires <time>",
        note="Rotate the secret in its source system first.",
        undeclared="A template would have to contain the secret, which no file should.",
    ),
    sources=(
        "https://github.com/Azure/bicep-types-az",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Key%20Vault/Secrets_ExpirationSet.json",
    ),
    mappings={
        "mcsb": ["DP-6"],
        "cis_azure": [
            "3.0.0:3.3.3",
            "3.0.0:3.3.4",
            "4.0.0:9.3.3",
            "4.0.0:9.3.4",
            "5.0.0:8.3.3",
            "5.0.0:8.3.4",
            "6.0.0:8.3.3",
            "6.0.0:8.3.4",
        ],
        "nist_800_53_r5": ["CM-3(6)", "IA-2", "IA-5", "SC-12"],
        "iso_27001_2022": ["A.8.24"],
        "azure_policy": ["98728c90-32c7-4049-8429-847dc0f4fe37"],
        "waf": ["Security"],
    },
    parameters={
        "service_secret_patterns": (
            (),
            "Name patterns, with *, of secrets that Azure ML writes; none: they are unknown.",
        ),
        "max_validity_days": (365, "Maximum number of days until a secret expires."),
    },
)
def secrets_expire(vault: Subject) -> Verdict:
    """Check the expiration date of each enabled secret that the service did not write."""
    if not any(True for _ in vault.follow("workspaces-by-vault")):
        return not_applicable("no workspace uses the vault")
    for flaw in known_of(map(_flaws_of, vault.follow("secrets"))):
        return fail(flaw)
    return ok()


def _flaws_of(secret: Subject) -> Iterator[str]:
    """Yield what is wrong with the expiration date of a secret."""
    is_service = matches(secret, "service_secret_patterns", secret.name)
    if is_service or not secret.flag("properties.attributes.enabled", default=True):
        return
    if secret.get(ENDS, default=None) is None:
        if not secret.parameters["service_secret_patterns"]:
            raise secret.undetermined(
                "name", "whether people or the service wrote a secret without expiration"
            )
        yield f"the secret {secret.name} has no expiration date"
        return
    left = secret.time(ENDS) - secret.read_at
    if left <= timedelta():
        yield f"the secret {secret.name} has expired but still exists"
    elif left > timedelta(days=number_of(secret, "max_validity_days")):
        yield f"the secret {secret.name} expires in {left.days} days"
