"""A what-if result is judged as if it were deployed; what it does not predict is a gap."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from amlaudit.core.arm_id import resource_group_of
from amlaudit.core.errors import AmlauditError
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import parse_path, read
from amlaudit.core.relations import (
    COMPUTE,
    OUTBOUND_RULE,
    PRIVATE_ENDPOINT,
    ROLE_ASSIGNMENT,
    USER_ASSIGNED_IDENTITY,
    WORKSPACE,
)
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.estates import WORKSPACE_ID
from tests.scanners.deployments.templates import properties_of

SAMPLES = Path(__file__).parents[4] / "shared" / "iac-samples" / "what-if"
Collect: TypeAlias = Callable[..., Estate]


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Collect]:
    """Write a what-if result of some changes and return the estate after the deployment."""
    opened: list[Estate] = []

    def collected(*changes: dict[str, Any], flat: bool = False) -> Estate:
        result = {"changes": list(changes)}
        answer = result if flat else {"status": "Succeeded", "properties": result}
        path = tmp_path / "what-if.json"
        path.write_text(json.dumps(answer), "utf-8")
        opened.append(Files((path,)).collect(Scope()))
        return opened[-1]

    yield collected
    for estate in opened:
        estate.close()


def change(kind: str, **properties: Any) -> dict[str, Any]:
    after = {"id": WORKSPACE_ID, "name": "ws", "apiVersion": "2025-06-01", "properties": properties}
    return {"resourceId": WORKSPACE_ID, "changeType": kind, "after": after}


def test_an_unencodable_version_is_kept_as_far_as_possible(collect: Collect) -> None:
    changed = change("Modify", publicNetworkAccess="Enabled")
    changed["after"]["apiVersion"] = "\ud8002025-06-01"
    (found,) = collect(changed).of_type(WORKSPACE)
    assert found.origin.api_version == "?2025-06-01"


def test_the_result_of_a_stack_is_equivalent(tmp_path: Path) -> None:
    after = {"properties": {"publicNetworkAccess": "Disabled"}}
    sure = {
        "id": WORKSPACE_ID,
        "changeType": "create",
        "changeCertainty": "definite",
        "resourceConfigurationChanges": {"after": after},
    }
    compute = f"{WORKSPACE_ID}/computes/cpu"
    perhaps = {"id": compute, "changeType": "create", "changeCertainty": "potential"}
    path = tmp_path / "what-if.json"
    changes = {"resourceChanges": [sure, perhaps]}
    path.write_text(json.dumps({"properties": {"changes": changes}}), "utf-8")
    estate = Files((path,)).collect(Scope())
    (found,) = estate.of_type(WORKSPACE)
    assert properties_of(found) == {"publicNetworkAccess": "Disabled"}
    assert not list(estate.of_type(COMPUTE))
    assert [gap for gap in estate.gaps() if "whether it changes" in gap.detail]
    estate.close()


def of_extension(kind: str) -> dict[str, Any]:
    """Return a change of a Kubernetes resource as listed by a stack and a deployment."""
    return {
        "changeType": kind,
        "type": "core/Service",
        "extension": {"name": "Kubernetes", "version": "1.0.0"},
        "identifiers": {"metadata": {"name": "scoring"}},
    }


@pytest.mark.parametrize("kind", ["Create", "Delete", "NoChange"])
@pytest.mark.parametrize("is_stack", [False, True])
def test_a_resource_of_an_extension_hides_none_of_azure(
    tmp_path: Path, kind: str, *, is_stack: bool
) -> None:
    after = {"id": WORKSPACE_ID, "properties": {"publicNetworkAccess": "Disabled"}}
    told = {"id": WORKSPACE_ID, "resourceConfigurationChanges": {"after": after}}
    plain = {"resourceId": WORKSPACE_ID, "after": after}
    changes = [{"changeType": "Create", **(told if is_stack else plain)}, of_extension(kind)]
    listed = {"resourceChanges": changes} if is_stack else changes
    path = tmp_path / "what-if.json"
    path.write_text(json.dumps({"properties": {"changes": listed}}), "utf-8")
    estate = Files((path,)).collect(Scope())
    (found,) = estate.of_type(WORKSPACE)
    assert not [gap for _, gap in found.gaps]
    (gap,) = [each for each in estate.gaps() if "of the extension" in each.detail]
    assert "core/Service is a resource of the extension Kubernetes" in gap.detail
    assert gap.reason is Reason.UNSUPPORTED
    estate.close()


def test_deletion_of_an_unknown_resource_is_not_predicted(collect: Collect) -> None:
    estate = collect({"changeType": "Delete", "after": None})
    assert [gap for gap in estate.gaps() if "its id is unknown before deployment" in gap.detail]


def test_a_role_is_assigned_to_the_identity_named_by_an_expression(collect: Collect) -> None:
    group = WORKSPACE_ID.partition("/providers/")[0]
    identity = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
    role = f"{WORKSPACE_ID}/providers/Microsoft.Authorization/roleAssignments/r"
    principal = f"[reference('{identity}', '2023-01-31').principalId]"
    estate = collect(
        {"resourceId": identity, "changeType": "Create", "after": {"id": identity}},
        {
            "resourceId": role,
            "changeType": "Create",
            "after": {"id": role, "properties": {"principalId": principal}},
        },
    )
    (found,) = estate.of_type(ROLE_ASSIGNMENT)
    (named,) = estate.of_type(USER_ASSIGNED_IDENTITY)
    assert properties_of(found)["principalId"] == properties_of(named)["principalId"]
    assert properties_of(found)["principalType"] == "ServicePrincipal"


@pytest.mark.parametrize("flat", [False, True])
def test_what_will_be_is_judged_in_both_shapes(collect: Collect, *, flat: bool) -> None:
    estate = collect(change("Modify", publicNetworkAccess="Enabled"), flat=flat)
    (found,) = estate.of_type(WORKSPACE)
    assert properties_of(found) == {"publicNetworkAccess": "Enabled"}
    assert found.origin.api_version == "2025-06-01"


def test_a_result_that_nests_deeper_than_can_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "what-if.json"
    # Python's own reader of JSON must get through it: its limit was lower before 3.12.
    levels = 1200 if sys.version_info >= (3, 12) else 900
    deep = '{"a":' * levels + "0" + "}" * levels
    after = f'{{"id": "{WORKSPACE_ID}", "properties": {{"deep": {deep}}}}}'
    change = f'{{"resourceId": "{WORKSPACE_ID}", "changeType": "Create", "after": {after}}}'
    path.write_text(f'{{"changes": [{change}]}}', "utf-8")
    with pytest.raises(AmlauditError, match="E302") as caught:
        Files((path,)).collect(Scope())
    assert "malformed (RecursionError)" in caught.value.cause


def test_expressions_and_masked_values_are_gaps_at_their_paths(collect: Collect) -> None:
    estate = collect(
        change("Create", keyVault="*******", hubs=["[reference('x').id]"], text="[[no expression]")
    )
    (found,) = estate.of_type(WORKSPACE)
    assert [(path, gap.reason) for path, gap in found.gaps] == [
        (("properties", "keyvault"), Reason.UNRESOLVED),
        (("properties", "hubs", "0"), Reason.UNRESOLVED),
    ]
    assert found.gaps[1][1].detail == (
        "properties.hubs[0] is decided only at deployment: [reference('x').id]"
    )


def test_a_new_resource_has_the_children_that_are_declared_and_no_other(collect: Collect) -> None:
    estate = collect(change("Create"))
    (found,) = estate.of_type(WORKSPACE)
    assert list(estate.neighbours(found, "computes")) == []
    with pytest.raises(NoDataError):
        list(estate.neighbours(found, "datastores"))  # Azure creates some automatically


def test_of_a_resource_that_exists_the_children_are_not_known(collect: Collect) -> None:
    estate = collect(change("Modify"))
    assert estate.sight(WORKSPACE_ID, COMPUTE) is not None


def test_outbound_rules_are_read_where_a_workspace_declares_them(collect: Collect) -> None:
    rules = {"pypi": {"type": "FQDN", "destination": "pypi.org"}}
    estate = collect(change("Create", managedNetwork={"outboundRules": rules}))
    (found,) = estate.of_type(OUTBOUND_RULE)
    assert found.id == f"{WORKSPACE_ID}/outboundrules/pypi"
    assert found.body["properties"] == rules["pypi"]
    assert estate.sight(WORKSPACE_ID, OUTBOUND_RULE) is None


def test_unresolved_rules_prove_nothing(collect: Collect) -> None:
    estate = collect(change("Create", managedNetwork={"outboundRules": "[variables('x')]"}))
    assert estate.sight(WORKSPACE_ID, OUTBOUND_RULE) is not None
    assert estate.sight(WORKSPACE_ID, COMPUTE) is None


def test_a_partly_resolved_rule_names_the_unresolved_part(collect: Collect) -> None:
    rules = {"any": {"type": "FQDN", "destination": "[variables('x')]"}, "all": "[variables('y')]"}
    estate = collect(change("Create", managedNetwork={"outboundRules": rules}))
    found = {each.name: [path for path, _ in each.gaps] for each in estate.of_type(OUTBOUND_RULE)}
    assert found == {"any": [("properties", "destination")], "all": [("properties",)]}
    told = [gap.part for gap in estate.gaps() if "outboundRules." in gap.part]
    assert len(told) == len(set(told)) == len(found)


def test_deleted_resources_are_not_judged(collect: Collect) -> None:
    gone = {"resourceId": WORKSPACE_ID, "changeType": "Delete", "before": {"properties": {}}}
    estate = collect(gone, {**change("Create"), "resourceId": WORKSPACE_ID + "2"})
    assert [each.id for each in estate.of_type(WORKSPACE)] == [WORKSPACE_ID + "2"]


@pytest.mark.parametrize(
    "listed",
    [
        {"changeType": "Ignore", "before": {"name": "ws"}},
        {"changeType": "NoEffect", "after": {"name": "ws"}},
        {"changeType": "Deploy"},
    ],
)
def test_what_is_only_listed_has_no_known_properties(
    collect: Collect, listed: dict[str, Any]
) -> None:
    (found,) = collect({"resourceId": WORKSPACE_ID, **listed}).of_type(WORKSPACE)
    assert [(path, gap.reason) for path, gap in found.gaps] == [
        (("properties",), Reason.NOT_COLLECTED)
    ]


def test_what_is_not_predicted_is_a_gap_for_its_type(collect: Collect) -> None:
    unpredicted = {
        "resourceId": "[resourceId('Microsoft.Authorization/roleAssignments', newGuid())]",
        "changeType": "Unsupported",
        "after": {"type": "Microsoft.Authorization/roleAssignments"},
        "unsupportedReason": "the id is not known yet",
    }
    estate = collect(change("Create"), unpredicted)
    gap = estate.sight(WORKSPACE_ID, ROLE_ASSIGNMENT)
    assert gap
    assert gap.reason is Reason.UNRESOLVED
    assert gap.detail.endswith("the id is not known yet")


def test_an_unnamed_resource_may_be_of_any_type(collect: Collect) -> None:
    estate = collect(
        change("Create"), {"resourceId": "[variables('x')]", "changeType": "Unsupported"}
    )
    assert estate.sight(WORKSPACE_ID, COMPUTE) is not None


def test_a_type_of_which_one_is_not_predicted_is_not_vouched_for(collect: Collect) -> None:
    compute = {"resourceId": "[x]", "changeType": "Unsupported", "after": {"type": COMPUTE}}
    estate = collect(change("Create"), compute)
    assert estate.sight(WORKSPACE_ID, COMPUTE) is not None
    assert estate.sight(WORKSPACE_ID, OUTBOUND_RULE) is None


@pytest.mark.parametrize(
    "unpredicted", [{"after": {"type": PRIVATE_ENDPOINT}}, {"after": {"type": COMPUTE}}, {}]
)
def test_an_unpredicted_endpoint_may_target_anything(
    collect: Collect, unpredicted: dict[str, Any]
) -> None:
    unsupported = {"resourceId": "[x]", "changeType": "Unsupported", **unpredicted}
    found = collect(change("Create"), unsupported).find(WORKSPACE_ID)
    assert found
    is_open = ("properties", "privateendpointconnections", FURTHER) in dict(found.gaps)
    assert is_open is (unpredicted != {"after": {"type": COMPUTE}})


SHORT_CIRCUITED = {
    "level": "Warning",
    "code": "NestedDeploymentShortCircuited",
    "target": f"{resource_group_of(WORKSPACE_ID)}/providers/Microsoft.Resources/deployments/inner",
    "message": "a nested deployment was not expanded",
}
"""What Azure says about a nested deployment whose resources it does not show."""


def told(folder: Path, answer: dict[str, Any]) -> Estate:
    """Return the estate after the deployment that an answer describes."""
    path = folder / "what-if.json"
    path.write_text(json.dumps(answer), "utf-8")
    return Files((path,)).collect(Scope())


@pytest.mark.parametrize("flat", [False, True])
def test_a_hidden_nested_deployment_proves_nothing(tmp_path: Path, *, flat: bool) -> None:
    result = {"changes": [change("Create")], "diagnostics": [SHORT_CIRCUITED]}
    estate = told(tmp_path, result if flat else {"status": "Succeeded", "properties": result})
    assert estate.sight(WORKSPACE_ID, COMPUTE) is not None
    (gap,) = (each for each in estate.store.gaps() if "deployments" in each.scope_id)
    assert gap.reason is Reason.UNRESOLVED
    assert gap.detail == (
        "what-if.json does not show everything that is deployed: a nested deployment was not "
        "expanded (NestedDeploymentShortCircuited)"
    )


def test_an_unrelated_warning_hides_nothing(tmp_path: Path) -> None:
    warning = {**SHORT_CIRCUITED, "code": "DeprecatedSku"}
    estate = told(tmp_path, {"changes": [change("Create")], "diagnostics": [warning]})
    assert estate.sight(WORKSPACE_ID, COMPUTE) is None


def test_what_may_change_is_a_gap_and_what_stays_as_it_is_is_none(tmp_path: Path) -> None:
    perhaps = {"resourceId": f"{WORKSPACE_ID}/computes/c", "changeType": "Create", "after": {}}
    stays = {"resourceId": f"{WORKSPACE_ID}/computes/d", "changeType": "NoChange"}
    estate = told(tmp_path, {"changes": [change("Create")], "potentialChanges": [perhaps, stays]})
    (gap,) = (each for each in estate.store.gaps() if "/computes/" in each.scope_id)
    assert gap.scope_id == f"{WORKSPACE_ID}/computes/c"
    assert gap.detail.endswith("whether it changes is decided only at deployment")
    assert estate.sight(WORKSPACE_ID, COMPUTE) is not None


def test_a_potential_change_that_says_nothing_is_a_gap_too(tmp_path: Path) -> None:
    estate = told(tmp_path, {"changes": [change("Create")], "potentialChanges": [{}]})
    (gap,) = (each for each in estate.store.gaps() if each.part == "resource")
    assert gap.reason is Reason.UNRESOLVED
    assert estate.sight(WORKSPACE_ID, COMPUTE) is not None


# PowerShell
def printed(kind: object, after: object, before: object = None) -> dict[str, Any]:
    """Return a change as printed by PowerShell."""
    scope, _, rest = WORKSPACE_ID.partition("/providers/")
    return {
        "Scope": scope, "RelativeResourceId": rest, "FullyQualifiedResourceId": WORKSPACE_ID,
        "ChangeType": kind, "ApiVersion": "2025-06-01", "Before": before, "After": after,
        "Delta": None,
    }  # fmt: skip


def in_powershell(
    folder: Path, *changes: dict[str, Any], status: str = "Succeeded", **said: object
) -> Estate:
    """Return the estate of a result that Windows PowerShell wrote to a file."""
    answer = {"Status": status, "Error": None, "Changes": list(changes), "Diagnostics": [], **said}
    path = folder / "what-if.json"
    path.write_text(json.dumps(answer, indent=2), "utf-16")
    return Files((path,)).collect(Scope())


@pytest.mark.parametrize("kind", ["Create", 0, "Modify", 5])
def test_powershell_output_is_equivalent(tmp_path: Path, kind: object) -> None:
    after = change("")["after"] | {"properties": {"publicNetworkAccess": "Disabled"}}
    estate = in_powershell(tmp_path, printed(kind, after))
    (found,) = estate.of_type(WORKSPACE)
    assert properties_of(found)["publicNetworkAccess"] == "Disabled"
    assert (estate.sight(WORKSPACE_ID, COMPUTE) is None) is (kind in ("Create", 0))


def test_powershell_tells_too_what_is_not_shown_or_may_change(tmp_path: Path) -> None:
    after = change("")["after"] | {"properties": {}}
    diagnostic = {key.capitalize(): value for key, value in SHORT_CIRCUITED.items()}
    perhaps = {**printed(0, after), "FullyQualifiedResourceId": f"{WORKSPACE_ID}/computes/c"}
    estate = in_powershell(
        tmp_path, printed(0, after), Diagnostics=[diagnostic], PotentialChanges=[perhaps]
    )
    assert len([each for each in estate.store.gaps() if "not show everything" in each.detail]) == 1
    assert len([each for each in estate.store.gaps() if "/computes/" in each.scope_id]) == 1


@pytest.mark.parametrize("kind", ["Delete", 1])
def test_deleted_resources_are_gone_in_powershell_output_too(tmp_path: Path, kind: object) -> None:
    assert not list(in_powershell(tmp_path, printed(kind, None)).of_type(WORKSPACE))


def test_what_powershell_leaves_alone_is_shown_as_far_as_it_is_whole(tmp_path: Path) -> None:
    before = {"id": WORKSPACE_ID, "properties": {"encryption": "@{status=Enabled}"}}
    (found,) = in_powershell(tmp_path, printed(2, None, before)).of_type(WORKSPACE)
    assert [path for path, _ in found.gaps] == [("properties",)]


@pytest.mark.parametrize("kind", [6, 99, "Unsupported"])
def test_what_powershell_does_not_predict_is_a_gap(tmp_path: Path, kind: object) -> None:
    after = change("")["after"]
    gap = in_powershell(tmp_path, printed(kind, after)).sight(WORKSPACE_ID, WORKSPACE)
    assert gap
    assert gap.detail.endswith("PowerShell gives no reason")


def test_a_what_if_of_powershell_that_failed_is_a_gap(tmp_path: Path) -> None:
    estate = in_powershell(tmp_path, printed(0, change("")["after"]), status="Failed")
    gaps = [gap for gap in estate.store.gaps() if gap.reason is Reason.API_ERROR]
    assert "is the result of a what-if that failed" in gaps[0].detail


@pytest.mark.parametrize(
    "cut",
    [
        "System.Collections.Generic.Dictionary`2[System.String,System.Object]",
        "@{defaultAction=Deny; bypass=AzureServices}",
        '{\r\n  "defaultAction": "Deny"\r\n}',
        "System.Object[]",
    ],
)
def test_what_powershell_has_cut_off_is_not_known(tmp_path: Path, cut: str) -> None:
    after = change("")["after"] | {"properties": {"networkAcls": cut}}
    (found,) = in_powershell(tmp_path, printed("Modify", after)).of_type(WORKSPACE)
    detail = dict(found.gaps)["properties", "networkacls"].detail
    assert detail.endswith("ConvertTo-Json -Depth 100")
    (found,) = in_powershell(tmp_path, printed("Modify", cut)).of_type(WORKSPACE)
    assert dict(found.gaps)["properties",].detail.endswith("ConvertTo-Json -Depth 100")


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.json")), ids=lambda path: path.parent.name)
def test_every_sample_loads(path: Path) -> None:
    estate = Files((path,)).collect(Scope())
    assert estate.store.counts()
    estate.close()


def statuses_of(resource: Resource) -> list[Any]:
    """Return the statuses of a resource's connections, None at the end: perhaps more."""
    path = parse_path("properties.privateLinkServiceConnectionState.status")
    shown = read(resource.body, parse_path("properties.privateEndpointConnections"))
    assert isinstance(shown, list)
    more = [None for gap, _ in resource.gaps if gap[-1] == FURTHER]
    return [*(read(each, path) for each in shown), *more]


@pytest.mark.parametrize(
    ("links", "status"),
    [
        ("privateLinkServiceConnections", "Rejected"),
        ("manualPrivateLinkServiceConnections", "Approved"),
    ],
)
def test_an_existing_connection_has_its_shown_status(
    collect: Collect, links: str, status: str
) -> None:
    endpoint_id = f"{resource_group_of(WORKSPACE_ID)}/providers/{PRIVATE_ENDPOINT}/pe"
    state = {"status": status}
    link = {"privateLinkServiceId": WORKSPACE_ID, "privateLinkServiceConnectionState": state}
    after = {"id": endpoint_id, "properties": {links: [{"name": "c", "properties": link}]}}
    endpoint = {"resourceId": endpoint_id, "changeType": "Modify", "after": after}
    (found,) = collect(change("Modify"), endpoint).of_type(WORKSPACE)
    assert statuses_of(found) == [status, None]


@pytest.mark.parametrize("kind", ["Ignore", "NoEffect", "NoChange"])
def test_an_endpoint_may_be_created_for_an_unchanged_resource(collect: Collect, kind: str) -> None:
    endpoint_id = f"{resource_group_of(WORKSPACE_ID)}/providers/{PRIVATE_ENDPOINT}/pe"
    link = {"name": "c", "properties": {"privateLinkServiceId": WORKSPACE_ID}}
    after = {"id": endpoint_id, "properties": {"privateLinkServiceConnections": [link]}}
    endpoint = {"resourceId": endpoint_id, "changeType": "Create", "after": after}
    (found,) = collect(change(kind), endpoint).of_type(WORKSPACE)
    assert statuses_of(found) == ["Approved", None]
