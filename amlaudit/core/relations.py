"""How resources hang together: the named relations that rules follow, as data.

A relation is found in one of five ways, and each has its own proof that nothing was missed: a
property of the resource names the other (`Reference`), the other's id lies directly under its own
(`Children`) or above it (`Above`), the other is attached to it or to any scope above (`AtOrAbove`),
or the other names it (`Referrers`).
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE, SUBSCRIPTION_TYPE
from amlaudit.core.path import Steps, parse_path

WORKSPACE: Final = "microsoft.machinelearningservices/workspaces"
COMPUTE: Final = "microsoft.machinelearningservices/workspaces/computes"
DATASTORE: Final = "microsoft.machinelearningservices/workspaces/datastores"
CONNECTION: Final = "microsoft.machinelearningservices/workspaces/connections"
OUTBOUND_RULE: Final = "microsoft.machinelearningservices/workspaces/outboundrules"
ONLINE_ENDPOINT: Final = "microsoft.machinelearningservices/workspaces/onlineendpoints"
ONLINE_DEPLOYMENT: Final = (
    "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments"
)
BATCH_ENDPOINT: Final = "microsoft.machinelearningservices/workspaces/batchendpoints"
BATCH_DEPLOYMENT: Final = "microsoft.machinelearningservices/workspaces/batchendpoints/deployments"
SERVERLESS_ENDPOINT: Final = "microsoft.machinelearningservices/workspaces/serverlessendpoints"
ML_REGISTRY: Final = "microsoft.machinelearningservices/registries"
STORAGE: Final = "microsoft.storage/storageaccounts"
BLOB_SERVICE: Final = "microsoft.storage/storageaccounts/blobservices"
LIFECYCLE: Final = "microsoft.storage/storageaccounts/managementpolicies"
KEY_VAULT: Final = "microsoft.keyvault/vaults"
CONTAINER_REGISTRY: Final = "microsoft.containerregistry/registries"
INSIGHTS: Final = "microsoft.insights/components"
LOG_ANALYTICS: Final = "microsoft.operationalinsights/workspaces"
DIAGNOSTIC_SETTING: Final = "microsoft.insights/diagnosticsettings"
PRIVATE_ENDPOINT: Final = "microsoft.network/privateendpoints"
VIRTUAL_NETWORK: Final = "microsoft.network/virtualnetworks"
SUBNET: Final = "microsoft.network/virtualnetworks/subnets"
SECURITY_GROUP: Final = "microsoft.network/networksecuritygroups"
USER_ASSIGNED_IDENTITY: Final = "microsoft.managedidentity/userassignedidentities"
ROLE_ASSIGNMENT: Final = "microsoft.authorization/roleassignments"
ROLE_DEFINITION: Final = "microsoft.authorization/roledefinitions"
LOCK: Final = "microsoft.authorization/locks"
BUDGET: Final = "microsoft.consumption/budgets"
POLICY_ASSIGNMENT: Final = "microsoft.authorization/policyassignments"
POLICY_STATE: Final = "microsoft.policyinsights/policystates"


SUBSCRIPTION_PARTS: Final = (
    RESOURCE_GROUP_TYPE,
    WORKSPACE,
    ML_REGISTRY,
    STORAGE,
    KEY_VAULT,
    CONTAINER_REGISTRY,
    INSIGHTS,
    LOG_ANALYTICS,
    PRIVATE_ENDPOINT,
    VIRTUAL_NETWORK,
    SECURITY_GROUP,
    USER_ASSIGNED_IDENTITY,
    ROLE_ASSIGNMENT,
    ROLE_DEFINITION,
    LOCK,
    BUDGET,
    POLICY_ASSIGNMENT,
    POLICY_STATE,
)
"""The ARM types that a complete collection has read in every subscription."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A property of the resource names the other.

    Attributes:
        source: ARM type that has the property.
        target: ARM type of the other.
        path: The property: an id, or a list or map of objects that hold one.
        member: Path of the id inside a member; empty for a plain id. `("*",)`: the map's keys.
    """

    source: str
    target: str
    path: Steps
    member: Steps = ()


@dataclass(frozen=True, slots=True)
class Children:
    """The other's id lies directly under the resource's.

    Attributes:
        parents: ARM types that have such children; empty: every type (extensions).
        target: ARM type of the children.
    """

    parents: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class AtOrAbove:
    """The other is attached to the resource or to a scope above it, and so holds for it."""

    target: str


@dataclass(frozen=True, slots=True)
class Referrers:
    """The others that name the resource by their own relation `relation`.

    Attributes:
        source: ARM type of the others.
        relation: The reference relation by which they name the resource.
        target: ARM type of the resource.
    """

    source: str
    relation: str
    target: str


@dataclass(frozen=True, slots=True)
class Above:
    """The resource's id lies under the other's."""

    target: str


Relation: TypeAlias = tuple[Reference, ...] | Children | Above | AtOrAbove | Referrers

_PRIVATE_ENDPOINT_ID = parse_path("properties.privateEndpoint.id")
_CONNECTIONS = parse_path("properties.privateEndpointConnections")
_WITH_PRIVATE_ENDPOINTS = (WORKSPACE, ML_REGISTRY, STORAGE, KEY_VAULT, CONTAINER_REGISTRY)
_WITH_IDENTITIES = (WORKSPACE, COMPUTE, ONLINE_ENDPOINT, BATCH_ENDPOINT)


def _named_by(source: str, path: str, target: str) -> Reference:
    """Return the reference by a property that holds an id."""
    return Reference(source, target, parse_path(path))


RELATIONS: Final[dict[str, Relation]] = {
    "hub": (_named_by(WORKSPACE, "properties.hubResourceId", WORKSPACE),),
    "storage": (_named_by(WORKSPACE, "properties.storageAccount", STORAGE),),
    "key-vault": (_named_by(WORKSPACE, "properties.keyVault", KEY_VAULT),),
    "container-registry": (
        _named_by(WORKSPACE, "properties.containerRegistry", CONTAINER_REGISTRY),
    ),
    "application-insights": (_named_by(WORKSPACE, "properties.applicationInsights", INSIGHTS),),
    "encryption-key-vault": (
        _named_by(WORKSPACE, "properties.encryption.keyVaultProperties.keyVaultArmId", KEY_VAULT),
    ),
    "log-analytics": (
        _named_by(INSIGHTS, "properties.WorkspaceResourceId", LOG_ANALYTICS),
        _named_by(DIAGNOSTIC_SETTING, "properties.workspaceId", LOG_ANALYTICS),
    ),
    "identities": tuple(
        Reference(
            source, USER_ASSIGNED_IDENTITY, parse_path("identity.userAssignedIdentities"), ("*",)
        )
        for source in _WITH_IDENTITIES
    ),
    "private-endpoints": tuple(
        Reference(source, PRIVATE_ENDPOINT, _CONNECTIONS, _PRIVATE_ENDPOINT_ID)
        for source in _WITH_PRIVATE_ENDPOINTS
    ),
    "subnet": (
        _named_by(COMPUTE, "properties.properties.subnet.id", SUBNET),
        _named_by(PRIVATE_ENDPOINT, "properties.subnet.id", SUBNET),
    ),
    "security-group": (_named_by(SUBNET, "properties.networkSecurityGroup.id", SECURITY_GROUP),),
    "role-definition": (
        _named_by(ROLE_ASSIGNMENT, "properties.roleDefinitionId", ROLE_DEFINITION),
    ),
    "workspace": Above(WORKSPACE),
    "subscription": Above(SUBSCRIPTION_TYPE),
    "resource-group": Above(RESOURCE_GROUP_TYPE),
    "computes": Children((WORKSPACE,), COMPUTE),
    "datastores": Children((WORKSPACE,), DATASTORE),
    "connections": Children((WORKSPACE,), CONNECTION),
    "outbound-rules": Children((WORKSPACE,), OUTBOUND_RULE),
    "online-endpoints": Children((WORKSPACE,), ONLINE_ENDPOINT),
    "online-deployments": Children((ONLINE_ENDPOINT,), ONLINE_DEPLOYMENT),
    "batch-endpoints": Children((WORKSPACE,), BATCH_ENDPOINT),
    "serverless-endpoints": Children((WORKSPACE,), SERVERLESS_ENDPOINT),
    "blob-service": Children((STORAGE,), BLOB_SERVICE),
    "lifecycle": Children((STORAGE,), LIFECYCLE),
    "diagnostic-settings": Children((), DIAGNOSTIC_SETTING),
    "role-assignments": AtOrAbove(ROLE_ASSIGNMENT),
    "locks": AtOrAbove(LOCK),
    "budgets": AtOrAbove(BUDGET),
    "policy-assignments": AtOrAbove(POLICY_ASSIGNMENT),
    "policy-states": AtOrAbove(POLICY_STATE),
    "workspaces-by-storage": Referrers(WORKSPACE, "storage", STORAGE),
    "workspaces-by-key-vault": Referrers(WORKSPACE, "key-vault", KEY_VAULT),
    "workspaces-by-container-registry": Referrers(
        WORKSPACE, "container-registry", CONTAINER_REGISTRY
    ),
    "workspaces-by-application-insights": Referrers(WORKSPACE, "application-insights", INSIGHTS),
}
"""Every relation by the name that rules follow it by."""


def target_of(relation: str) -> str:
    """Return the ARM type that a relation leads to.

    Raises:
        KeyError: There is no such relation.
    """
    match RELATIONS[relation]:
        case Children(_, target) | Above(target) | AtOrAbove(target):
            return target
        case Referrers(source=source):
            return source
        case references:
            return references[0].target


def leads_from(arm_type: str, relation: str) -> bool:
    """Tell whether resources of a type can have a relation."""
    match RELATIONS.get(relation):
        case None:
            return False
        case Children(parents, _):
            return not parents or arm_type in parents
        case Above(target):
            return target in _ABOVE_ALL or arm_type.startswith(target + "/")
        case AtOrAbove():
            return True
        case Referrers(target=target):
            return arm_type == target
        case references:
            return any(reference.source == arm_type for reference in references)


_ABOVE_ALL = (SUBSCRIPTION_TYPE, RESOURCE_GROUP_TYPE)
