"""Which resources a definition applies to: by mode, and by its type, name and kind conditions.

https://learn.microsoft.com/azure/governance/policy/concepts/policy-applicability
"""

from typing import Final

from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE, SUBSCRIPTION_TYPE
from amlaudit.core.gap import NoDataError
from amlaudit.core.hidden import gap_at
from amlaudit.core.relations import (
    ACTIVITY_LOG_EXPORT,
    COMPUTE_PREVIEW,
    METRIC,
    ML_LOCATION,
    POLICY_EVALUATION,
    POLICY_STATE,
    QUOTA,
    QUOTA_USAGE,
    REGISTRY_PREVIEW,
    REGISTRY_USAGE,
    ROLE_ELIGIBILITY,
    ROLE_SCHEDULE,
    WORKSPACE_PREVIEW,
)
from amlaudit.core.resource import Resource
from amlaudit.engine.policy.aliases import is_alias, split_alias
from amlaudit.engine.policy.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Field,
    FieldCount,
    Leaf,
    Not,
    leaves_of,
)
from amlaudit.engine.policy.documents import value_at
from amlaudit.engine.policy.frame import Search
from amlaudit.engine.policy.operands import Env, operand
from amlaudit.language.values import is_list, items

MODES: Final = frozenset({"all", "indexed", "notspecified"})
"""Modes besides those of resource providers, lower case.

Older API versions show the last where none was given: it means the one before.
https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics#mode
"""

_TELLING: Final = frozenset({"type", "name", "kind"})
_SCOPES: Final = frozenset({SUBSCRIPTION_TYPE, RESOURCE_GROUP_TYPE})

_EXTENSIONS: Final = (
    "microsoft.advisor/", "microsoft.alertsmanagement/alerts", "microsoft.app/functions",
    "microsoft.app/logicapps", "microsoft.authorization/",
    "microsoft.automanage/configurationprofileassignments",
    "microsoft.azurestackhci/virtualmachineinstances", "microsoft.billing/", "microsoft.blueprint/",
    "microsoft.changeanalysis/", "microsoft.chaos/targets",
    "microsoft.connectedvmwarevsphere/virtualmachineinstances", "microsoft.consumption/",
    "microsoft.containerinstance/serviceassociationlinks",
    "microsoft.containerservice/deploymentsafeguards",
    "microsoft.containerservice/fleetmemberships", "microsoft.costmanagement/",
    "microsoft.customproviders/associations", "microsoft.datamigration/databasemigrations",
    "microsoft.dataprotection/backupinstances", "microsoft.eventgrid/eventsubscriptions",
    "microsoft.eventgrid/extensiontopics", "microsoft.guestconfiguration/",
    "microsoft.hybridcompute/networkconfigurations", "microsoft.hybridcompute/settings",
    "microsoft.hybridconnectivity/endpoints",
    "microsoft.hybridcontainerservice/provisionedclusterinstances",
    "microsoft.insights/datacollectionruleassociations", "microsoft.insights/diagnosticsettings",
    "microsoft.insights/guestdiagnosticsettingsassociation",
    "microsoft.insights/vminsightsonboardingstatuses", "microsoft.kubernetesconfiguration/",
    "microsoft.kubernetesruntime/", "microsoft.maintenance/applyupdates",
    "microsoft.maintenance/configurationassignments", "microsoft.maintenance/updates",
    "microsoft.managedidentity/identities", "microsoft.managedservices/", "microsoft.management/",
    "microsoft.network/networkgroupmemberships", "microsoft.network/networkmanagerconnections",
    "microsoft.operationsmanagement/managementassociations", "microsoft.policyinsights/",
    "microsoft.quota/", "microsoft.recoveryservices/backupprotecteditems",
    "microsoft.recoveryservices/replicationeligibilityresults", "microsoft.resourcehealth/",
    "microsoft.resources/links", "microsoft.resources/tags",
    "microsoft.scvmm/virtualmachineinstances", "microsoft.security/", "microsoft.securityinsights/",
    "microsoft.serialconsole/", "microsoft.servicelinker/linkers",
    "microsoft.softwareplan/hybridusebenefits", "microsoft.workloadmonitor/monitors",
)  # fmt: skip
"""Types that extend other resources, lower case; they have neither tags nor a location.

https://learn.microsoft.com/azure/azure-resource-manager/management/extension-resource-types
"""

_BY_THEMSELVES: Final = (
    "microsoft.costmanagement/connectors", "microsoft.guestconfiguration/automanagedaccounts",
    "microsoft.kubernetesconfiguration/privatelinkscopes", "microsoft.security/assignments",
    "microsoft.security/automations", "microsoft.security/customassessmentautomations",
    "microsoft.security/customentitystoreassignments", "microsoft.security/iotsecuritysolutions",
    "microsoft.security/securityconnectors", "microsoft.security/standards",
)  # fmt: skip
"""Types of the same providers that are directly in a resource group, lower case.

https://learn.microsoft.com/azure/templates/microsoft.security/automations
"""

_TRACKED_CHILDREN: Final = frozenset(
    {
        "microsoft.app/connectedenvironments/certificates",
        "microsoft.app/managedenvironments/certificates",
        "microsoft.app/managedenvironments/managedcertificates",
        "microsoft.automation/automationaccounts/configurations",
        "microsoft.automation/automationaccounts/runbooks",
        "microsoft.automation/automationaccounts/runtimes", "microsoft.cdn/profiles/afdendpoints",
        "microsoft.cdn/profiles/endpoints", "microsoft.cognitiveservices/accounts/projects",
        "microsoft.communication/emailservices/domains",
        "microsoft.compute/capacityreservationgroups/capacityreservations",
        "microsoft.compute/galleries/applications",
        "microsoft.compute/galleries/applications/versions", "microsoft.compute/galleries/images",
        "microsoft.compute/galleries/images/versions", "microsoft.compute/hostgroups/hosts",
        "microsoft.compute/virtualmachines/extensions",
        "microsoft.compute/virtualmachines/runcommands",
        "microsoft.compute/virtualmachines/vmapplications",
        "microsoft.containerregistry/registries/agentpools",
        "microsoft.containerregistry/registries/replications",
        "microsoft.containerregistry/registries/tasks",
        "microsoft.containerregistry/registries/webhooks",
        "microsoft.containerservice/fleets/managednamespaces",
        "microsoft.containerservice/managedclusters/managednamespaces",
        "microsoft.dashboard/grafana/integrationfabrics",
        "microsoft.dashboard/grafana/managedprivateendpoints",
        "microsoft.devtestlab/labs/environments", "microsoft.devtestlab/labs/servicerunners",
        "microsoft.devtestlab/labs/virtualmachines",
        "microsoft.healthcareapis/workspaces/analyticsconnectors",
        "microsoft.healthcareapis/workspaces/dicomservices",
        "microsoft.healthcareapis/workspaces/fhirservices",
        "microsoft.healthcareapis/workspaces/iotconnectors",
        "microsoft.hybridcompute/machines/extensions",
        "microsoft.hybridcompute/machines/licenseprofiles",
        "microsoft.hybridcompute/machines/runcommands",
        "microsoft.machinelearningservices/workspaces/batchendpoints",
        "microsoft.machinelearningservices/workspaces/batchendpoints/deployments",
        "microsoft.machinelearningservices/workspaces/inferencepools",
        "microsoft.machinelearningservices/workspaces/inferencepools/endpoints",
        "microsoft.machinelearningservices/workspaces/inferencepools/groups",
        "microsoft.machinelearningservices/workspaces/onlineendpoints",
        "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments",
        "microsoft.machinelearningservices/workspaces/serverlessendpoints",
        "microsoft.netapp/netappaccounts/backuppolicies",
        "microsoft.netapp/netappaccounts/backupvaults",
        "microsoft.netapp/netappaccounts/capacitypools",
        "microsoft.netapp/netappaccounts/capacitypools/caches",
        "microsoft.netapp/netappaccounts/capacitypools/volumes",
        "microsoft.netapp/netappaccounts/snapshotpolicies",
        "microsoft.network/dnsresolverpolicies/dnssecurityrules",
        "microsoft.network/dnsresolverpolicies/virtualnetworklinks",
        "microsoft.network/dnsresolvers/inboundendpoints",
        "microsoft.network/dnsresolvers/outboundendpoints",
        "microsoft.network/networkmanagers/ipampools",
        "microsoft.network/networkmanagers/verifierworkspaces",
        "microsoft.network/networkwatchers/connectionmonitors",
        "microsoft.network/networkwatchers/flowlogs",
        "microsoft.network/networkwatchers/pingmeshes",
        "microsoft.network/privatednszones/virtualnetworklinks",
        "microsoft.sql/managedinstances/databases", "microsoft.sql/servers/databases",
        "microsoft.sql/servers/elasticpools", "microsoft.sql/servers/jobagents",
        "microsoft.storage/storageaccounts/connectors",
        "microsoft.storage/storageaccounts/datashares", "microsoft.synapse/workspaces/bigdatapools",
        "microsoft.synapse/workspaces/kustopools", "microsoft.synapse/workspaces/sqldatabases",
        "microsoft.synapse/workspaces/sqlpools", "microsoft.web/sites/slots",
    }
)  # fmt: skip
"""Types of children that have both tags and a location, whether a document shows them or not.

https://learn.microsoft.com/azure/azure-resource-manager/management/tag-support
https://github.com/Azure/azure-policy-linter/tree/main/src/PolicyLinter.Core/ResourceTypesAndAliases
"""

_VIEWS: Final = frozenset(
    {
        ACTIVITY_LOG_EXPORT, COMPUTE_PREVIEW, METRIC, ML_LOCATION, POLICY_EVALUATION, POLICY_STATE,
        QUOTA, QUOTA_USAGE, REGISTRY_PREVIEW, REGISTRY_USAGE, ROLE_ELIGIBILITY, ROLE_SCHEDULE,
        WORKSPACE_PREVIEW,
    }
)  # fmt: skip
"""API responses that an audit keeps like resources, but nobody creates: no policy looks at them."""


def is_beneath(search: Search, arm_type: str) -> bool:
    """Tell whether an existence check looks for children or extensions of a resource.

    https://learn.microsoft.com/azure/governance/policy/concepts/effect-audit-if-not-exists
    """
    if search.arm_type.startswith(f"{arm_type}/"):
        return True
    return _is_extension(search.arm_type) and not search.everywhere


def _is_extension(arm_type: str) -> bool:
    """Tell whether a type is an extension of other resources."""
    return arm_type.startswith(_EXTENSIONS) and not arm_type.startswith(_BY_THEMSELVES)


def is_evaluated(resource: Resource, mode: str) -> bool:
    """Tell whether resources like this one are evaluated in one of the `MODES`.

    All but `all` cover only types that have tags and a location: any resource that shows either,
    every type that is neither a child of another nor an extension, and some types of children.
    https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics#mode

    Raises:
        NoDataError: It is not known whether the resource has tags or a location.
    """
    if resource.type in _SCOPES:
        return mode == "all"
    if resource.type in _VIEWS or resource.type.startswith("microsoft.resources/"):
        return False
    if mode == "all" or _is_tracked(resource):
        return True
    for sign in (("location",), ("tags",)):
        if gap := gap_at(resource, sign, whole=False):
            raise NoDataError(gap)
    return False


def _is_tracked(resource: Resource) -> bool:
    """Tell whether a resource shows tags or a location, or its type has them."""
    shows = any(value_at(resource.body, (sign,)) is not None for sign in ("location", "tags"))
    return shows or _has_both(resource.type)


def is_doubtful(resource: Resource, mode: str) -> bool:
    """Tell whether the service may pass over resources that `is_evaluated` accepts in a mode.

    Azure lists neither tags nor a location for the type, although this resource shows one. Computes
    of workspaces are known to be passed over: https://github.com/Azure/Enterprise-Scale/issues/978
    """
    return mode != "all" and not _has_both(resource.type)


def _has_both(arm_type: str) -> bool:
    """Tell whether a type has tags and a location, whether a document shows them or not."""
    if arm_type in _TRACKED_CHILDREN:
        return True
    return arm_type.count("/") == 1 and not _is_extension(arm_type)


def asks_for_location(condition: Condition) -> bool:
    """Tell whether a rule compares the location, which excludes subscriptions."""
    accessors = (each.accessor for each in leaves_of(condition))
    return any(each.name.lower() == "location" for each in accessors if isinstance(each, Field))


def applicability(condition: Condition) -> Condition:
    """Return the part of a rule that decides whether it applies to a resource.

    Only type, name and kind conditions count; any other is taken as true, or as false under an odd
    number of `not`.
    """
    fields = set(map(_telling, leaves_of(condition)))
    if fields in ({"kind"}, {"name"}):
        return AllOf(())
    if fields in ({"type", "kind"}, {"type", "name"}):
        return _only(condition, frozenset({"type"}), positive=True)
    return _only(condition, _TELLING, positive=True)


def _telling(leaf: Leaf) -> str:
    """Return the field of a comparison if it decides applicability, else an empty string."""
    name = leaf.accessor.name.lower() if isinstance(leaf.accessor, Field) else ""
    return name if name in _TELLING else ""


def _only(condition: Condition, fields: frozenset[str], *, positive: bool) -> Condition:
    """Reduce a condition to the comparisons of some fields."""
    match condition:
        case AllOf(conditions):
            return AllOf(tuple(_only(each, fields, positive=positive) for each in conditions))
        case AnyOf(conditions):
            return AnyOf(tuple(_only(each, fields, positive=positive) for each in conditions))
        case Not(inner):
            return Not(_only(inner, fields, positive=not positive))
        case _ if _telling(condition) in fields:
            return condition
        case _:
            return AllOf(()) if positive else AnyOf(())


def types_tested(condition: Condition, env: Env) -> frozenset[str] | None:
    """Return the ARM types, lower case, that a rule may be true for; None: any type."""
    match condition:
        case AllOf(conditions):
            several = [types_tested(each, env) for each in conditions]
            known = [each for each in several if each is not None]
            return frozenset.intersection(*known) if known else None
        case AnyOf(conditions):
            several = [types_tested(each, env) for each in conditions]
            found: frozenset[str] = frozenset()
            for each in several:
                if each is None:
                    return None
                found |= each
            return found
        case Leaf(Field(name), "equals" | "in", raw) if name.lower() == "type":
            value = operand(raw, env)
            members = items(value.value) if is_list(value.value) else (value.value,)
            texts = frozenset(each.lower() for each in members if isinstance(each, str))
            return texts if value.constant and len(texts) == len(members) else None
        case _:
            return None


def types_implied(condition: Condition) -> frozenset[str] | None:
    """Return the ARM types, lower case, implied by the properties of a rule that names no type.

    None: it may be about any type. A rule may be about a type through its aliases alone:
    https://github.com/Azure/azure-policy-linter/blob/main/docs/Rules/field-alias-without-explicit-type-condition.md
    """
    match condition:
        case AllOf(conditions):
            known = [found for each in conditions if (found := types_implied(each))]
            return frozenset.intersection(*known) or None if known else None
        case AnyOf(conditions):
            several = [types_implied(each) for each in conditions]
            known = [each for each in several if each]
            return frozenset.union(*known) if known and len(known) == len(several) else None
        case Not(inner):
            return types_implied(inner)
        case Leaf(Field(name) | FieldCount(name, _), _, _):
            return frozenset({split_alias(name)[0]}) if is_alias(name) else None
        case _:
            return None
