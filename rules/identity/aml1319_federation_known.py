"""AML1319: machine learning identities trust known pipelines only."""

import re
from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.patterns import matches
from amlaudit.readings.permissions import identities_in
from amlaudit.readings.workspaces import workspaces_by

GITHUB: Final = "https://token.actions.githubusercontent.com"
# https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
# https://learn.microsoft.com/entra/workload-id/workload-identities-github-immutable-subjects
SUBJECT: Final = re.compile(
    r"repo:(?P<owner>(?P<name>[^/:@]+)(@\d+)?)/[^/:]+:(?P<of>environment|ref|pull_request)\b.*"
)
# https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials
EXPRESSION: Final = "properties.claimsMatchingExpression.value"
ON_SUBJECT: Final = re.compile(r"claims\['sub'\] (?P<operator>eq|matches) '?(?P<subject>[^']+)'?")


@rule(
    id="AML1319",
    title="Machine learning identities accept federated tokens from known pipelines only",
    severity="medium",
    severity_reason="A third party's pipeline can act as the identity without any secret.",
    applies_to="Microsoft.ManagedIdentity/userAssignedIdentities",
    because=(
        "A federated identity credential defines whose tokens are accepted for the "
        "identity. With an expression that has wildcards, a repository owned by somebody "
        "else, or any pull request, third-party code can access workspaces and data without "
        "stealing a credential. In a subject, a wildcard is a plain character: no token matches."
    ),
    fix=Fix(
        "az identity federated-credential delete --identity-name {name} --resource-group {group} "
        "--name <credential>",
        note="First create a narrower credential: one repository, one environment or branch.",
        companions=(removing("federated-credentials"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
        "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust",
        "https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials",
        "https://learn.microsoft.com/entra/workload-id/workload-identities-github-immutable-subjects",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Managed%20Identity/FIC_LimitToWellknownIssuers.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Managed%20Identity/FIC_LimitToGitHubIssuer.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Managed%20Identity/FIC_LimitToAzureKubernetesIssuer.json",
    ),
    mappings={
        "mcsb": ["IM-3"],
        "azure_policy": [
            "2571b7c3-3056-4a61-b00a-9bc5232234f5",
            "fd1a8e20-2c4f-4a6c-9354-b58d786d9a1f",
            "ae62c456-33de-4dc8-b100-7ce9028a7d99",
        ],
        "waf": ["Security"],
    },
    parameters={
        "allowed_issuers": ((GITHUB,), "Allowed token issuers; * matches any text."),
        "allowed_github_owners": (
            (),
            "Allowed owners of GitHub repositories, as <name> or <name>@<id>; if empty, all.",
        ),
    },
)
def federation_known(identity: Subject) -> Verdict:
    """Check the issuer and the subject of each federated credential of an identity in use."""
    if not any(True for _ in identity.follow("federated-credentials")):
        return not_applicable("the identity has no federated credentials")
    if not any(True for _ in workspaces_by(identity, "identities", identities_in, [identity.id])):
        return not_applicable("no workspace, compute or endpoint uses the identity")
    for flaw in known_of(map(_flaws_of, identity.follow("federated-credentials"))):
        return fail(flaw)
    return ok()


def _flaws_of(credential: Subject) -> Iterator[str]:
    """Yield what makes a federated credential too permissive."""
    issuer = credential.text("properties.issuer").rstrip("/")
    if not matches(credential, "allowed_issuers", issuer):
        yield f"{credential.name} trusts {issuer}"
    subject, is_pattern = _subject_of(credential)
    if is_pattern:
        yield f"{credential.name} trusts any subject that matches {subject}"
    elif "*" in subject:
        yield f"{credential.name} has the subject {subject}, which no token matches"
    if issuer != GITHUB:
        return
    found = SUBJECT.fullmatch(subject)
    if not found:
        raise credential.unfamiliar("properties.subject", subject)
    owners = texts_of(credential, "allowed_github_owners")
    if owners and owners.isdisjoint((found["owner"], found["name"])):
        yield f"{credential.name} trusts a repository of {found['owner']}"
    if found["of"] == "pull_request":
        yield f"{credential.name} trusts any pull request"


def _subject_of(credential: Subject) -> tuple[str, bool]:
    """Return the subject that a credential accepts, and whether it has wildcards."""
    expression = credential.text(EXPRESSION, default="")
    if not expression:
        return credential.text("properties.subject"), False
    found = ON_SUBJECT.fullmatch(expression)
    if not found:
        raise credential.unfamiliar(EXPRESSION, expression)
    subject = found["subject"]
    return subject, found["operator"] == "matches" and not {"*", "?"}.isdisjoint(subject)
