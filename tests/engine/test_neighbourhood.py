"""The surroundings of a workspace: found through relations, with what may be missing."""

from collections.abc import Iterator

from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.neighbourhood import Neighbourhood, not_seen
from amlaudit.core.relations import COMPUTE
from amlaudit.core.report import Finding, ResourceRef
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import ok
from amlaudit.engine.evaluate import evaluate
from amlaudit.engine.neighbourhood import Surroundings
from tests.estates import GROUP, STORAGE_ID, WORKSPACE_ID, estate, gap, resource
from tests.reporters.sample_rules import rule_on_workspaces

NAMES = {"storageAccount": STORAGE_ID}
WORKSPACE = resource(
    WORKSPACE_ID,
    {"kind": "Hub", "tags": {"env": "Dev", "owner": "ml"}, "properties": NAMES},
    api_version="2025-12-01",
)
STORAGE = resource(STORAGE_ID, {"properties": {}})


def _around(known: Estate) -> tuple[Neighbourhood, ...]:
    return tuple(Surroundings(known).all())


def test_a_workspace_tells_what_it_is() -> None:
    (found,) = _around(estate(WORKSPACE))
    assert (found.kind, found.owner, found.isolation) == ("Hub", "ml", "Disabled")
    assert found.environment == "dev"


def test_absent_workspace_properties_have_azures_documented_meaning() -> None:
    (found,) = _around(estate(resource(WORKSPACE_ID, {"location": "westeurope"})))
    assert (found.location, found.kind, found.isolation) == ("westeurope", "Default", "Disabled")


def test_without_workspaces_there_are_no_neighbourhoods() -> None:
    assert _around(estate(STORAGE)) == ()


def test_what_a_property_names_is_a_neighbour() -> None:
    (found,) = _around(estate(WORKSPACE, STORAGE))
    (storage,) = found.by("storage")
    assert (storage.id, storage.of, storage.detail) == (STORAGE.id, WORKSPACE.id, "")
    assert storage.type == STORAGE.type
    assert found.gap_in("storage") is None
    assert all(each.gap for each in found.unseen)


def test_a_relation_is_followed_from_all_that_was_reached_before() -> None:
    endpoints = [f"{GROUP}/providers/microsoft.network/privateendpoints/{each}" for each in "wa"]
    subnets = [
        f"{GROUP}/providers/microsoft.network/virtualnetworks/{each}/subnets/s" for each in "wa"
    ]
    connections = [
        {"privateEndpointConnections": [{"properties": {"privateEndpoint": {"id": each}}}]}
        for each in endpoints
    ]
    (found,) = _around(
        estate(
            resource(WORKSPACE_ID, {"properties": NAMES | connections[0]}),
            resource(STORAGE_ID, {"properties": connections[1]}),
            *(
                resource(endpoint, {"properties": {"subnet": {"id": subnet}}})
                for endpoint, subnet in zip(endpoints, subnets, strict=True)
            ),
            *(resource(each, {}) for each in subnets),
        )
    )
    assert {each.of for each in found.by("private-endpoints")} == {WORKSPACE_ID, STORAGE.id}
    assert {each.id for each in found.by("subnet")} == set(subnets)


def test_what_is_named_and_was_not_seen_is_missing_and_not_absent() -> None:
    (found,) = _around(estate(WORKSPACE))
    assert list(found.by("storage")) == []
    missing = found.gap_in("storage", WORKSPACE.id)
    assert missing is not None
    assert missing.reason is Reason.NOT_COLLECTED


def test_readable_neighbours_are_shown_beside_gaps() -> None:
    compute = resource(
        f"{WORKSPACE_ID}/computes/gpu", {"properties": {"computeType": "AmlCompute"}}
    )
    denied = gap(WORKSPACE_ID, COMPUTE)
    (found,) = _around(estate(WORKSPACE, compute, missing=(denied,)))
    assert [(each.name, each.detail) for each in found.by("computes")] == [("gpu", "AmlCompute")]
    assert found.gap_in("computes") == denied


def test_neighbours_listed_by_a_network_are_shown_even_if_unread() -> None:
    networks = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"
    network, endpoint = f"{networks}/virtualNetworks/spoke", f"{networks}/privateEndpoints/pe"
    connection = {"properties": {"privateEndpoint": {"id": endpoint}}}
    remote = {"remoteVirtualNetwork": {"id": f"{networks}/virtualNetworks/Hub"}}
    told = {
        "virtualNetworkPeerings": [
            {"properties": remote | {"peeringState": "Connected"}},
            {},
            {"properties": {"remoteVirtualNetwork": {"id": network}, "peeringState": 7}},
        ],
        "subnets": [{"name": "azurebastionsubnet"}, {"name": "inside"}],
    }
    (found,) = _around(
        estate(
            resource(WORKSPACE_ID, {"properties": {"privateEndpointConnections": [connection]}}),
            resource(endpoint, {"properties": {"subnet": {"id": f"{network}/subnets/inside"}}}),
            resource(f"{network}/subnets/inside", {}),
            resource(network, {"properties": told}),
        )
    )
    (peered, unclear), (bastion,) = found.by("peered-networks"), found.by("bastion")
    assert unclear.detail == ""
    assert (peered.id, peered.name, peered.detail) == (
        f"{networks}/virtualNetworks/hub".lower(),
        "Hub",
        "Connected",
    )
    assert bastion.name == "azurebastionsubnet"
    kind = "microsoft.network/virtualnetworks"
    assert (peered.type, peered.of) == (kind, network.lower())
    assert (bastion.id, bastion.type, bastion.of) == (
        f"{network}/subnets/azurebastionsubnet".lower(), f"{kind}/subnets", network.lower()
    )  # fmt: skip
    assert list(found.by("gateway")) == []


def test_a_network_without_listed_members_leads_nowhere() -> None:
    network = f"{GROUP}/providers/microsoft.network/virtualnetworks/v"
    endpoint = f"{GROUP}/providers/microsoft.network/privateendpoints/pe"
    connection = {"properties": {"privateEndpoint": {"id": endpoint}}}
    (found,) = _around(
        estate(
            resource(WORKSPACE_ID, {"properties": {"privateEndpointConnections": [connection]}}),
            resource(endpoint, {"properties": {"subnet": {"id": f"{network}/subnets/s"}}}),
            resource(f"{network}/subnets/s", {}),
            resource(network, {"properties": {"subnets": 7, "virtualNetworkPeerings": None}}),
        )
    )
    assert [each.id for each in found.by("virtual-network")] == [network]
    assert [*found.by("peered-networks"), *found.by("bastion")] == []


def test_an_endpoint_shows_its_target_groups() -> None:
    endpoint = f"{GROUP}/providers/microsoft.network/privateendpoints/pe"
    connection = {"properties": {"privateEndpoint": {"id": endpoint}}}
    groups = [{"properties": {"groupIds": ["amlworkspace", "other"]}}, {"properties": {}}, 3]
    (found,) = _around(
        estate(
            resource(WORKSPACE_ID, {"properties": {"privateEndpointConnections": [connection]}}),
            resource(endpoint, {"properties": {"privateLinkServiceConnections": groups}}),
        )
    )
    (told,) = found.by("private-endpoints")
    assert told.detail == "amlworkspace, other"


def test_non_text_values_are_empty() -> None:
    odd = resource(WORKSPACE_ID, {"location": 7, "kind": 3, "tags": {"team": "Fraud", "owner": 1}})
    (found,) = _around(estate(odd))
    assert (found.location, found.kind, found.owner, found.team) == ("", "", "", "fraud")
    compute = resource(f"{WORKSPACE_ID}/computes/c", {"properties": {"computeType": 3}})
    (told,) = _around(estate(odd, compute, seen=((WORKSPACE_ID, COMPUTE),)))
    assert [each.detail for each in told.by("computes")] == [""]
    (bare,) = _around(estate(resource(WORKSPACE_ID, {}), STORAGE))
    assert (bare.location, bare.owner) == ("", "")
    hidden = resource(WORKSPACE_ID, {}, gaps=("tags",))
    (closed,) = _around(estate(hidden))
    assert (closed.environment, closed.team, closed.owner) == ("", "", "")


def test_a_part_that_is_not_known_is_empty_and_not_a_default() -> None:
    closed = resource(WORKSPACE_ID, {}, gaps=("properties",))
    (found,) = _around(estate(closed))
    assert found.isolation == ""


def test_gathering_a_neighbourhood_does_not_change_verdicts() -> None:
    known = estate(WORKSPACE, STORAGE)
    rules = [rule_on_workspaces(each, "It is", Severity.HIGH, lambda _: ok()) for each in (1, 2)]
    surroundings = Surroundings(known)
    assert list(surroundings.along(evaluate(rules, known))) == list(evaluate(rules, known))
    assert tuple(surroundings.all()) == _around(known)


def test_a_finding_about_a_workspace_that_is_not_there_adds_none() -> None:
    rule = rule_on_workspaces(1, "It is", Severity.HIGH, lambda _: ok())
    elsewhere = ResourceRef(f"{WORKSPACE_ID}2", WORKSPACE.type, "ws2")
    surroundings = Surroundings(estate(WORKSPACE))
    assert len(list(surroundings.along([Finding(rule, elsewhere, ok())]))) == 1
    assert [each.name for each in surroundings.all()] == ["ws"]


def test_a_workspace_that_was_named_and_not_seen_is_known_by_its_name() -> None:
    around = [Neighbourhood("/w", "mlw-Fraud")]
    assert not_seen(["MLW-fraud", "typo"], around) == ("typo",)
    assert not_seen(["typo"], None) == ()


def test_a_workspace_that_is_named_and_has_no_document_is_left_out() -> None:
    class Named(MemoryStore):
        def ids_of_type(self, arm_type: str) -> Iterator[str]:
            yield f"{WORKSPACE_ID}-gone"
            yield from super().ids_of_type(arm_type)

    assert [each.id for each in _around(Estate(Named((WORKSPACE,))))] == [WORKSPACE.id]
