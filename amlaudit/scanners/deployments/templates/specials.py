"""Functions that depend on the deployment, and those that choose what they evaluate.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from amlaudit.core.arm_id import normalise
from amlaudit.core.gap import identity_of
from amlaudit.core.patterns import late_pattern
from amlaudit.language.arguments import flag, text, whole
from amlaudit.language.expressions import Node
from amlaudit.language.values import EvaluationError
from amlaudit.scanners.deployments.templates import linked
from amlaudit.scanners.deployments.templates.context import Context, Special
from amlaudit.scanners.deployments.templates.evaluator import value_of
from amlaudit.scanners.deployments.templates.lambdas import LAMBDAS
from amlaudit.scanners.deployments.templates.partly_known import either
from amlaudit.scanners.deployments.templates.pending import (
    Pending,
    Runtime,
    Tentative,
    first_pending,
    is_blank,
    pending,
    spelled,
    tentative,
)
from amlaudit.scanners.deployments.templates.target import (
    Target,
    absolute_id,
    extension_resource_id,
    management_group_resource_id,
    resource_id,
    subscription_resource_id,
    tenant_resource_id,
)

_TENANT: Final = tentative(
    "00000000-0000-0000-0000-000000000000", "the tenant is chosen at deployment", solid=True
)
_DEPLOYER: Final[Mapping[str, object]] = {
    "objectId": tentative(
        "object-id-of-the-deployer", "it is not known who will deploy the template", solid=True
    ),
    "tenantId": _TENANT,
}
"""What `deployer()` says of a principal of any kind: only a user has a `userPrincipalName`.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-deployment#deployer
"""
_DEPLOYMENT_LOCATION: Final = tentative(
    "location-of-the-deployment", "the location is chosen at deployment", solid=True
)
_RELATIVE_ID: Final = late_pattern(r"[\w-]+\.[\w.-]+(?:/[^/]+/[^/]+)+")
"""The id of a resource without its scope: `Microsoft.KeyVault/vaults/kv`."""
_OF_GROUPS: Final = ("location", "tags", "managedBy")
"""What `resourceGroup()` says of a resource group besides its id.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource#resourcegroup
"""
_PUBLIC_CLOUD: Final[Mapping[str, object]] = {
    "name": "AzureCloud",
    "resourceManager": "https://management.azure.com/",
    "portal": "https://portal.azure.com",
    "graph": "https://graph.windows.net/",
    "graphAudience": "https://graph.windows.net/",
    "gallery": "https://gallery.azure.com/",
    "batch": "https://batch.core.windows.net/",
    "media": "https://rest.media.azure.net",
    "sqlManagement": "https://management.core.windows.net:8443/",
    "activeDirectoryDataLake": "https://datalake.azure.net/",
    "authentication": {
        "loginEndpoint": "https://login.microsoftonline.com/",
        "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
        "tenant": "common",
        "identityProvider": "AAD",
    },
    "suffixes": {
        "acrLoginServer": ".azurecr.io",
        "azureDatalakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
        "azureDatalakeStoreFileSystem": "azuredatalakestore.net",
        "azureFrontDoorEndpointSuffix": "azurefd.net",
        "keyvaultDns": ".vault.azure.net",
        "sqlServerHostname": ".database.windows.net",
        "storage": "core.windows.net",
    },
}
"""The result of `environment()` in the public cloud.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-deployment#environment
"""


def _values(arguments: tuple[Node, ...], context: Context) -> list[object]:
    """Return the values of arguments."""
    return [value_of(each, context) for each in arguments]


def _if(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `if(condition, then, else)`; if the condition is unknown, what both branches share."""
    if len(arguments) != 3:  # noqa: PLR2004 - condition and two branches
        raise EvaluationError("if(): expected three arguments")
    condition = value_of(arguments[0], context)
    if not isinstance(condition, Pending):
        return value_of(arguments[1 if flag(condition) else 2], context)
    then, otherwise = _values(arguments[1:], context)
    return either(then, otherwise, condition.gap, context.registry.budget.spend)


def _until(decisive: bool) -> Special:  # noqa: FBT001 - the truth value itself
    """Return `and` or `or`: the first decisive value decides, regardless of unknown ones."""

    def special(arguments: tuple[Node, ...], context: Context) -> object:
        unknown = None
        for argument in arguments:
            value = value_of(argument, context)
            if isinstance(value, Pending):
                unknown = unknown or value
            elif flag(value) is decisive:
                return decisive
        return Pending(unknown.gap) if unknown else not decisive

    return special


def _coalesce(arguments: tuple[Node, ...], context: Context) -> object:
    """Return the first value that is not null."""
    for argument in arguments:
        value = value_of(argument, context)
        if isinstance(value, Pending) and not (isinstance(value, Tentative) and value.solid):
            return Pending(value.gap)
        if value is not None:
            return value
    return None


def _parameter(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `parameters(name)`."""
    return _looked_up(arguments, context, lambda name: context.parameters[name])


def _variable(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `variables(name)`."""
    return _looked_up(arguments, context, lambda name: context.variables[name])


def _looked_up(
    arguments: tuple[Node, ...], context: Context, find: Callable[[str], object]
) -> object:
    """Return the value with a name."""
    values = _values(arguments, context)
    if len(values) != 1:
        raise EvaluationError("expected one argument, a name")
    return values[0].named("") if isinstance(values[0], Pending) else find(text(values[0]))


def _copy_index(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `copyIndex(loop, offset)`; both arguments are optional."""
    values = _values(arguments, context)
    if unknown := first_pending(values, context.registry.budget.spend):
        return unknown.named("")
    name = str(values.pop(0)).lower() if values and isinstance(values[0], str) else ""
    if not context.copies or (name and name not in context.copies):
        raise EvaluationError(f"copyIndex(): there is no enclosing loop {name!r}")
    index = context.copies[name] if name else _index_of_unnamed(context)
    return index + whole(values[0]) if values else index


def _index_of_unnamed(context: Context) -> int:
    """Return the index of the unnamed loop: that over the resource, not over its properties."""
    return list(context.copies.values())[-1] if context.round is None else context.round


def _id(make: Callable[[Target, Sequence[object]], object]) -> Special:
    """Return a function that builds a resource id."""
    return lambda arguments, context: make(context.target, _values(arguments, context))


def _subscription(_: tuple[Node, ...], context: Context) -> object:
    """Return `subscription()`."""
    known = {
        "id": context.target.subscription_id,
        "subscriptionId": context.target.subscription,
        "tenantId": _TENANT,
    }
    return Runtime(known, "the subscription")


def _resource_group(_: tuple[Node, ...], context: Context) -> object:
    """Return `resourceGroup()`."""
    group_id = context.target.group_id
    key = normalise(spelled(group_id))
    location = tentative(
        f"location-of-{spelled(context.target.group)}",
        "the location of the resource group is not known",
        solid=True,
    )
    known = {
        "location": location.named(identity_of(key, "location")),
        **context.registry.group(key, _OF_GROUPS),
        "id": group_id,
        "name": context.target.group,
        "type": "Microsoft.Resources/resourceGroups",
        "properties": {"provisioningState": "Succeeded"},
    }
    return Runtime(known, "the resource group")


def _management_group(_: tuple[Node, ...], context: Context) -> object:
    """Return `managementGroup()`."""
    known = {
        "id": context.target.management_group_id,
        "name": context.target.management_group,
        "type": "Microsoft.Management/managementGroups",
    }
    return Runtime(known, "the management group")


def _deployment(_: tuple[Node, ...], context: Context) -> object:
    """Return `deployment()`; its template is located next to those that it links to."""
    link = Runtime({"uri": linked.location(context.file)}, "the link to the template")
    properties = Runtime({"templateLink": link}, "the deployment")
    known = {"name": context.name, "location": _DEPLOYMENT_LOCATION, "properties": properties}
    return Runtime(known, "the deployment")


def _reference(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `reference(resource, apiVersion, 'Full')`: what is declared of a resource."""
    values = _values(arguments, context)
    if not values:
        raise EvaluationError("reference(): expected a resource")
    full = len(values) > 2 and spelled(values[2]).lower() == "full"  # noqa: PLR2004
    if is_blank(values[0]):
        return values[0].named("")
    # a resource may be given by its symbolic name, or without its scope, instead of its id
    resource = context.symbols.get(spelled(values[0]), values[0])
    if _RELATIVE_ID.fullmatch(spelled(resource)):
        resource = absolute_id(context.target, resource)
    return context.registry.reference(resource, full=full)


def _target(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `target('full')`: the resource that the expression is part of, as it already exists.

    https://github.com/Azure/bicep/pull/17727
    """
    full = spelled(next(iter(_values(arguments, context)), "")).lower() == "full"
    return context.registry.existing(context.own, full=full)


def _role_definitions(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `roleDefinitions(name)`: the id of a built-in role; only Azure knows custom ones.

    https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-resource
    """
    from amlaudit.scanners.deployments.roles import (  # noqa: PLC0415 - few templates need it
        ROLE_DEFINITIONS,
        role_ids,
    )

    return _looked_up(
        arguments,
        context,
        lambda name: (
            {"id": f"{ROLE_DEFINITIONS}/{number}", "roleDefinitionId": number}
            if (number := role_ids().get(name.lower()))
            else pending(f"roleDefinitions() queries Azure for the role {name!r}")
        ),
    )


def _references(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `references(loop, 'Full')`: what is declared of each resource of a loop."""
    values = _values(arguments, context)
    loop = spelled(values[0]) if values else ""
    full = spelled(values[-1]).lower() == "full"
    ids = [each for name, each in context.symbols.items() if name.startswith(f"{loop}[")]
    return [context.registry.reference(each, full=full) for each in ids]


def _resource_info(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `resourceInfo(symbol)`: the id and name of a resource."""
    values = _values(arguments, context)
    found = context.symbols.get(spelled(values[0]) if values else "")
    if found is None:
        return pending("resourceInfo() of a resource that is not declared here")
    return Runtime({"id": found, "name": spelled(found).rpartition("/")[2]}, "the resource")


def _list(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `listKeys()` and the like: what Azure returns once a resource exists."""
    values = _values(arguments, context)
    return pending(f"a list function queries Azure for {spelled(values[0]) if values else ''}")


def _utc_now(_: tuple[Node, ...], __: Context) -> object:
    """Return `utcNow()`."""
    return tentative("utc-now", "utcNow() is the time of the deployment", solid=True)


def _new_guid(_: tuple[Node, ...], context: Context) -> object:
    """Return `newGuid()`: a different string each time."""
    context.registry.budget.guids += 1
    made = f"new-guid-{context.registry.budget.guids}"
    return tentative(made, "newGuid() differs at each deployment", solid=True)


def _fail(arguments: tuple[Node, ...], context: Context) -> object:
    """Abort the evaluation, as `fail(message)` does."""
    raise EvaluationError(f"fail(): {' '.join(map(spelled, _values(arguments, context)))}")


def _at_deployment(name: str) -> Special:
    """Return a function that only Azure can answer."""
    return lambda _arguments, _context: pending(f"{name}() queries Azure")


SPECIALS: Final[Mapping[str, Special]] = {
    **LAMBDAS,
    "and": _until(decisive=False),
    "or": _until(decisive=True),
    "coalesce": _coalesce,
    "copyindex": _copy_index,
    "deployer": lambda _arguments, _context: Runtime(_DEPLOYER, "the deployer"),
    "deployment": _deployment,
    "environment": lambda _arguments, _context: Runtime(_PUBLIC_CLOUD, "the cloud"),
    "extensionresourceid": _id(extension_resource_id),
    "externalinput": _at_deployment("externalInput"),
    "externalinputs": _at_deployment("externalInputs"),
    "fail": _fail,
    "if": _if,
    "list*": _list,
    "managementgroup": _management_group,
    "managementgroupresourceid": _id(management_group_resource_id),
    "newguid": _new_guid,
    "parameters": _parameter,
    "pickzones": _at_deployment("pickZones"),
    "providers": _at_deployment("providers"),
    "reference": _reference,
    "references": _references,
    "resourcegroup": _resource_group,
    "resourceid": _id(resource_id),
    "resourceinfo": _resource_info,
    "roledefinitions": _role_definitions,
    "subscription": _subscription,
    "subscriptionresourceid": _id(subscription_resource_id),
    "target": _target,
    "tologicalzone": _at_deployment("toLogicalZone"),
    "tologicalzones": _at_deployment("toLogicalZones"),
    "tophysicalzone": _at_deployment("toPhysicalZone"),
    "tophysicalzones": _at_deployment("toPhysicalZones"),
    "tenant": lambda _arguments, _context: Runtime({"tenantId": _TENANT}, "the tenant"),
    "tenantresourceid": _id(tenant_resource_id),
    "utcnow": _utc_now,
    "variables": _variable,
}
"""By lower-case name; `list*` stands for every name with that prefix."""
