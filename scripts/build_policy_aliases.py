"""Builds the package's alias table from a file that maps aliases to their paths.

Usage: build_policy_aliases.py ALIASES.json OUTPUT.json

The output contains the ARM types for which the file has every alias and, by type, the paths that do
not follow from the rule of thumb (`amlaudit.engine.policy.aliases.thumb`). Where aliases with a
common prefix deviate in the same way, the prefix represents them all. For other types, each alias
in the file is listed individually: whether the rule of thumb holds for the rest is not known.
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from amlaudit.engine.policy.aliases import Aliases, split_alias

_IMAGE: Final = {
    "imagePublisher": "imageReference.publisher",
    "imageOffer": "imageReference.offer",
    "imageSku": "imageReference.sku",
    "imageVersion": "imageReference.version",
    "imageId": "imageReference.id",
    "osDisk.uri": "osDisk.vhd.uri",
}
_OF_SCALE_SET: Final = {
    "computerNamePrefix": "osProfile.computerNamePrefix",
    "extensionProfile": "extensionProfile",
    "extensionProfile.": "extensionProfile.",
    "extensionProfile.extensions[*].": "extensionProfile.extensions[*].properties.",
    "extensionProfile.extensions[*].id": "extensionProfile.extensions[*].id",
    "extensionProfile.extensions[*].name": "extensionProfile.extensions[*].name",
    "networkInterfaceConfigurations[*]": "networkProfile.networkInterfaceConfigurations[*]",
    "networkInterfaceConfigurations[*].": (
        "networkProfile.networkInterfaceConfigurations[*].properties."
    ),
    "networkInterfaceConfigurations[*].ipConfigurations[*].": (
        "networkProfile.networkInterfaceConfigurations[*].properties.ipConfigurations[*].properties."
    ),
    "networkProfile.": "networkProfile.",
    "osDisk.": "storageProfile.osDisk.",
    "osDisk.imageUrl": "storageProfile.osDisk.image.uri",
    "osProfile.": "osProfile.",
}
_OF_DISK: Final = {
    "encryptionSettings": "properties.encryptionSettingsCollection|properties.encryptionSettings",
    "encryptionSettings.enabled": (
        "properties.encryptionSettingsCollection.enabled|properties.encryptionSettings.enabled"
    ),
    **{
        f"encryptionSettings.{key}{end}": (
            f"properties.encryptionSettingsCollection.encryptionSettings[*].{key}{end}"
        )
        for key in ("diskEncryptionKey", "keyEncryptionKey")
        for end in ("", ".")
    },
}
_IN_IMAGE_ID: Final = {
    "imagePublisher": "/publishers",
    "imageOffer": "/offers",
    "imageSku": "/skus",
    "imageVersion": "/versions",
    "imageId": "",
}
_BESIDES: Final = {
    "microsoft.compute/disks": {
        **_OF_DISK,
        **{
            alias: f"properties.creationData.imageReference.id{after}"
            for alias, after in _IN_IMAGE_ID.items()
        },
    },
    "microsoft.compute/snapshots": _OF_DISK,
    "microsoft.compute/virtualmachines": {
        "sku.name": "properties.hardwareProfile.vmSize",
        "networkInterfaces[*]": "properties.networkProfile.networkInterfaces[*]",
        "networkInterfaces[*].id": "properties.networkProfile.networkInterfaces[*].id",
        **{alias: f"properties.storageProfile.{path}" for alias, path in _IMAGE.items()},
    },
    "microsoft.compute/virtualmachinescalesets": {
        "licenseType": "properties.virtualMachineProfile.licenseType",
        **{
            alias: f"properties.virtualMachineProfile.storageProfile.{path}"
            for alias, path in _IMAGE.items()
        },
        **{
            alias: f"properties.virtualMachineProfile.{path}"
            for alias, path in _OF_SCALE_SET.items()
        },
        "upgradePolicy.automaticOSUpgrade": (
            "properties.upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade"
            "|properties.upgradePolicy.automaticOSUpgrade"
        ),
    },
    "microsoft.documentdb/databaseaccounts": {"sku.name": "properties.databaseAccountOfferType"},
    "microsoft.guestconfiguration/guestconfigurationassignments": {
        "contentHash": "properties.guestConfiguration.contentHash",
    },
    "microsoft.hybridcompute/machines": {
        "imageOffer": "properties.osName",
        "imageSku": "properties.osVersion",
    },
    "microsoft.machinelearningservices/registries": {
        "registryPrivateEndpointConnections[*].": (
            "properties.registryPrivateEndpointConnections[*].properties."
        ),
        "registryPrivateEndpointConnections[*].id": (
            "properties.registryPrivateEndpointConnections[*].id"
        ),
        "registryPrivateEndpointConnections[*].location": (
            "properties.registryPrivateEndpointConnections[*].location"
        ),
    },
    "microsoft.machinelearningservices/workspaces/connections": {
        f"{kind}.": "properties." for kind in ("AccountKey", "ApiKey", "CustomKeys", "OAuth2")
    },
    "microsoft.machinelearningservices/workspaces/datastores": {"OneLake.": "properties."},
    "microsoft.network/expressroutecircuits": {
        f"serviceProvider.{name}": f"properties.serviceProviderProperties.{name}"
        for name in ("bandwidthInMbps", "peeringLocation")
    },
    "microsoft.security/advancedthreatprotectionsettings": {"current.": "properties."},
    "microsoft.security/securitycontacts": {
        "alertNotifications": "properties.alertNotifications.state|properties.alertNotifications",
        "alertsToAdmins": "properties.notificationsByRole.state|properties.alertsToAdmins",
        "email": "properties.emails|properties.email",
    },
    "microsoft.sql/managedinstances": {
        "requestedBackupStorageRedundancy": (
            "properties.requestedBackupStorageRedundancy|properties.storageAccountType"
        ),
    },
    "microsoft.sql/servers/databases": {
        "edition": "sku.tier|properties.edition",
        "requestedBackupStorageRedundancy": (
            "properties.requestedBackupStorageRedundancy|properties.storageAccountType"
        ),
        "requestedServiceObjectiveName": "properties.requestedServiceObjectiveName|sku.name",
        "requestedServiceObjectiveName.v2": "properties.requestedServiceObjectiveName",
        "storageAccountType": (
            "properties.requestedBackupStorageRedundancy|properties.storageAccountType"
        ),
    },
    "microsoft.sql/servers/elasticpools": {
        "dtu": "sku.capacity|properties.dtu",
        "edition": "sku.tier|properties.edition",
    },
    "microsoft.web/sites/config": {"web.": "properties."},
    "microsoft.web/sites/slots/config": {"web.": "properties."},
}
"""Aliases that are in no file of the project and do not follow the rule of thumb: from samples
that predate it, those added later, site settings, which are called `web`, and properties that
newer API versions have elsewhere.

https://learn.microsoft.com/azure/governance/policy/samples/pattern-fields
https://github.com/Azure/azure-policy-linter/tree/main/src/PolicyLinter.Core/ResourceTypesAndAliases
"""


_IN_PART: Final[Mapping[str, set[str]]] = {
    "microsoft.containerregistry": {"registries/privateendpointconnections", "registries/tokens"},
    "microsoft.insights": {
        "datacollectionrules", "logprofiles", "privatelinkscopes",
        "privatelinkscopes/privateendpointconnections", "scheduledqueryrules", "workbooks",
    },
    "microsoft.keyvault": {
        "managedhsms", "managedhsms/privateendpointconnections",
        "vaults/privateendpointconnections",
    },
    "microsoft.kubernetesconfiguration": {
        "extensions", "fluxconfigurations", "sourcecontrolconfigurations",
    },
    "microsoft.network": {
        "applicationgateways", "applicationgatewaywebapplicationfirewallpolicies", "connections",
        "firewallpolicies", "firewallpolicies/rulecollectiongroups", "frontdoors",
        "frontdoorwebapplicationfirewallpolicies", "loadbalancers", "natgateways",
        "networkwatchers/flowlogs", "publicipprefixes", "routetables/routes", "virtualhubs",
        "virtualnetworkgateways", "virtualnetworks/virtualnetworkpeerings",
    },
    "microsoft.operationalinsights": {"clusters"},
    "microsoft.security": {"advancedthreatprotectionsettings", "assessments"},
    "microsoft.storage": {
        "storageaccounts/encryptionscopes", "storageaccounts/fileservices/shares",
        "storageaccounts/privateendpointconnections", "storageaccounts/queueservices",
        "storageaccounts/tableservices",
    },
}  # fmt: skip
"""Types, by provider, for which the file only has the aliases that some definition uses."""


def main(source: Path, target: Path) -> None:
    """Write the compact form of an alias file."""
    paths: dict[str, str] = json.loads(source.read_text("utf-8"))
    by_type: dict[str, dict[str, str]] = {}
    for alias, path in paths.items():
        arm_type, rest = split_alias(alias)
        by_type.setdefault(arm_type, {})[rest] = path
    whole = {arm_type for arm_type in by_type if not _is_in_part(arm_type)}
    exceptions = {
        arm_type: found
        for arm_type, each in by_type.items()
        if (found := _exceptions(each) if arm_type in whole else _rows(each))
    }
    for arm_type, oldest in _BESIDES.items():
        exceptions[arm_type] = {**_rows(oldest), **exceptions.get(arm_type, {})}
    document = {"types": sorted(whole), "exceptions": dict(sorted(exceptions.items()))}
    target.write_text(json.dumps(document, indent=0, ensure_ascii=False) + "\n", "utf-8")
    table = Aliases(frozenset(whole), exceptions)
    wrong = [alias for alias, path in paths.items() if _differs(table, alias, path)]
    rows = sum(map(len, exceptions.values()))
    sys.stdout.write(f"{len(paths)} aliases, {rows} exceptions, {len(wrong)} wrong\n")


def _is_in_part(arm_type: str) -> bool:
    """Tell whether the file lacks aliases of a type."""
    provider, _, kind = arm_type.partition("/")
    return kind in _IN_PART.get(provider, ())


def _rows(paths: Mapping[str, str]) -> dict[str, str]:
    """Return a row for each individual alias."""
    return {rest.lower(): path for rest, path in paths.items()}


def _differs(table: Aliases, alias: str, path: str) -> bool:
    """Tell whether a table gives a different path than the file."""
    return table.path(alias).spelled.lower() != path.lower()


def _exceptions(rows: Mapping[str, str]) -> dict[str, str]:
    """Return the fewest rows that make the rule of thumb correct for all aliases of a type."""
    found: dict[str, str] = {}
    while wrong := _wrong(rows, found):
        prefix, path = _best_prefix(rows, found, wrong)
        if not path:
            found |= {rest.lower(): rows[rest] for rest in wrong}
            break
        found[prefix] = path
    return dict(sorted(found.items()))


def _wrong(rows: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return the aliases of a type whose path does not come out right yet."""
    table = Aliases(frozenset({"a/b"}), {"a/b": found})
    return [rest for rest, path in rows.items() if _differs(table, f"a/b/{rest}", path)]


def _best_prefix(
    rows: Mapping[str, str], found: Mapping[str, str], wrong: list[str]
) -> tuple[str, str]:
    """Return the prefix that fixes most aliases, and its path; empty if none fixes several."""
    votes: Counter[tuple[str, str]] = Counter()
    for rest in wrong:
        path = rows[rest]
        for start in (0, *(place + 1 for place, letter in enumerate(rest) if letter == ".")):
            if path.lower().endswith("." + rest[start:].lower()):
                votes[rest[:start].lower(), path[: start - len(rest)]] += 1
    for (prefix, path), count in votes.most_common(20):
        mended = len(wrong) - len(_wrong(rows, {**found, prefix: path}))
        if prefix not in found and count > 1 and mended > 1:
            return prefix, path
    return "", ""


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
