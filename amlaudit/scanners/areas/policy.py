"""Policies over workspaces and their parts: assignments, exemptions, states, remediations."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE, normalise
from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    KEY_VAULT,
    POLICY_ATTESTATION,
    POLICY_EVALUATION,
    POLICY_REMEDIATION,
    POLICY_SET,
    POLICY_STATE,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.resource import Document
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_IDENTIFYING = ("policyAssignmentId", "policyDefinitionId", "policyDefinitionReferenceId")
_DETAILS = "policyEvaluationDetails"
_LATEST = "/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"
_SETS = "/providers/Microsoft.Authorization/policySetDefinitions"
_TYPES = (
    "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.MachineLearningServices/workspaces/computes",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    "Microsoft.MachineLearningServices/workspaces/batchEndpoints",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    "Microsoft.MachineLearningServices/registries",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.ContainerInstance/containerGroups",
    "Microsoft.Resources/subscriptions",
)
_FILTER = " or ".join(f"resourceType eq '{slash}{each}'" for each in _TYPES for slash in ("", "/"))
"""States name types with and without a slash; the filter's case sensitivity is undocumented."""


_INITIATIVES = ("policyType -eq Custom", "category eq 'Security Center'")
"""Initiatives to read: custom ones, and the cloud security benchmark. The other built-in ones are
some hundred, irrelevant here, and large."""


EVALUATED = (WORKSPACE, STORAGE, KEY_VAULT, CONTAINER_REGISTRY)
"""Types for which policy evaluation details are read, which Azure returns only for one resource at
a time: a workspace and its required resources. Its parts are too many for that."""


def document_of_state(row: Mapping[str, Any]) -> Document:
    """Return a policy state as an ARM document; the service returns flat rows without an id."""
    return _document("Microsoft.PolicyInsights/policyStates", row)


def document_of_evaluation(row: Mapping[str, Any]) -> Document:
    """Return a policy state's evaluation as an ARM document with the name of the state."""
    kept = {key: row.get(key) for key in (*_IDENTIFYING, "resourceId", _DETAILS)}
    return _document("Microsoft.PolicyInsights/policyEvaluations", kept)


def _document(arm_type: str, row: Mapping[str, Any]) -> Document:
    """Return a row as a document attached to the resource that it is about."""
    key = "\n".join(str(row.get(each, "")).lower() for each in _IDENTIFYING)
    name = sha256(key.encode()).hexdigest()[:32]
    resource_id = normalise(str(row.get("resourceId", "")))
    return {
        "id": f"{resource_id}/providers/{arm_type}/{name}",
        "name": name,
        "type": arm_type,
        "properties": {key: value for key, value in row.items() if not key.startswith("@")},
    }


SCANNER = Scanner(
    name="policy",
    queries=(
        GraphQuery(
            "policy.kql",
            (
                "Microsoft.Authorization/policyAssignments/read",
                "Microsoft.Authorization/policyExemptions/read",
            ),
            {"Microsoft.Authorization/policyAssignments/read": "2025-03-01"},
        ),
    ),
    reads=(
        *(
            ArmRead(
                of=SUBSCRIPTION_TYPE,
                path=_SETS,
                api_version="2023-04-01",
                action="Microsoft.Authorization/policySetDefinitions/read",
                yields=POLICY_SET,
                parameters={"$filter": wanted},
            )
            for wanted in _INITIATIVES
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path=_LATEST,
            # The version used by azure-mgmt-policyinsights 1.0.1.
            api_version="2019-10-01",
            action="Microsoft.PolicyInsights/policyStates/queryResults/read",
            yields=POLICY_STATE,
            method="POST",
            parameters={"$filter": _FILTER},
            document=document_of_state,
        ),
        *(
            ArmRead(
                of=each,
                path=_LATEST,
                api_version="2019-10-01",
                action="Microsoft.PolicyInsights/policyStates/queryResults/read",
                yields=POLICY_EVALUATION,
                method="POST",
                parameters={
                    "$filter": "complianceState eq 'NonCompliant'",
                    "$expand": "PolicyEvaluationDetails",
                },
                document=document_of_evaluation,
            )
            for each in EVALUATED
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path="/providers/Microsoft.PolicyInsights/remediations",
            api_version="2021-10-01",
            action="Microsoft.PolicyInsights/remediations/read",
            yields=POLICY_REMEDIATION,
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path="/providers/Microsoft.PolicyInsights/attestations",
            api_version="2022-09-01",
            action="Microsoft.PolicyInsights/attestations/read",
            yields=POLICY_ATTESTATION,
        ),
    ),
)
