"""Nothing but reads leaves the process, whoever tries: no request in this file may arrive."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import pytest
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import RedirectPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.core.policies import ARMAutoResourceProviderRegistrationPolicy
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
from azure.mgmt.policyinsights import PolicyInsightsClient

from amlaudit.core.gap import Reason
from amlaudit.scanners.areas.policy import EVALUATED
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.guard import RequestRefusedError, refuse_writes
from amlaudit.scanners.traffic import Traffic
from amlaudit.scanners.transport import GuardedTransport
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.estate import CHURN, FRAUD, PRODUCTION, STORAGE, SUBNET, documents
from tests.loopback.reading import collected
from tests.loopback.wire import Request

CLIENTS: Final = ("graph", "machine learning", "authorization", "policy insights")
SUBSCRIPTION: Final = f"/subscriptions/{PRODUCTION}"
GRAPH: Final = "/providers/Microsoft.ResourceGraph/resources"
LATEST: Final = "/providers/Microsoft.PolicyInsights/policyStates/latest"
POLICY_STATES: Final = f"{SUBSCRIPTION}{LATEST}"

WRITES: Final = [
    ("PUT", CHURN),
    ("PATCH", CHURN),
    ("DELETE", CHURN),
    ("DELETE", f"{CHURN}/computes/cpu"),
    ("HEAD", CHURN),
    ("OPTIONS", CHURN),
    ("TRACE", CHURN),
    ("PROPFIND", CHURN),
    ("POST", CHURN),
    ("POST", "/"),
    ("POST", f"{CHURN}/listKeys"),
    ("POST", f"{CHURN}/listStorageAccountKeys"),
    ("POST", f"{CHURN}/datastores/raw/listSecrets"),
    ("POST", f"{CHURN}/connections/feed/listsecrets"),
    ("POST", f"{CHURN}/computes/cpu/listNodes"),
    ("POST", f"{CHURN}/computes/cpu/start"),
    ("POST", f"{CHURN}/computes/cpu/stop"),
    ("POST", f"{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/register"),
    ("POST", f"{POLICY_STATES}/triggerEvaluation"),
    ("POST", f"{POLICY_STATES}/summarize"),
    ("POST", f"{SUBSCRIPTION}/resourceGroups/rg-ml{LATEST}/queryResults"),
    ("POST", f"{CHURN}/computes/cpu{LATEST}/queryResults"),
    ("POST", f"{CHURN}{LATEST}/summarize"),
    ("POST", f"{CHURN}{LATEST}/triggerEvaluation"),
    ("POST", f"{CHURN}/providers/Microsoft.PolicyInsights/policyStates/default/queryResults"),
    ("POST", f"{CHURN}/providers/Microsoft.PolicyInsights/policyEvents/default/queryResults"),
    ("PUT", f"{CHURN}/providers/Microsoft.PolicyInsights/attestations/mine"),
    ("PUT", f"{SUBSCRIPTION}/providers/Microsoft.PolicyInsights/remediations/mine"),
    ("POST", f"{SUBSCRIPTION}/providers/Microsoft.PolicyInsights/remediations/mine/cancel"),
    ("POST", f"{STORAGE}/blobServices/default{LATEST}/queryResults"),
    ("POST", f"{STORAGE}/listKeys{LATEST}/queryResults"),
    ("POST", f"{SUBNET}{LATEST}/queryResults"),
    ("POST", "/providers/Microsoft.ResourceGraph/resourcesHistory"),
    ("POST", "/providers/Microsoft.ResourceGraph/operations"),
    ("PUT", GRAPH),
    ("DELETE", GRAPH),
    ("HEAD", GRAPH),
]
"""Requests that change something, return secrets, or are queries that amlaudit does not make."""

TRICKS: Final = [
    ("POST", f"{GRAPH}/../resourcesHistory"),
    ("POST", f"{GRAPH}/%2e%2e/resourcesHistory"),
    ("POST", f"{GRAPH}/%2E%2E/resourcesHistory"),
    ("POST", f"{GRAPH}/.%2e/resourcesHistory"),
    ("POST", f"{GRAPH}%2f..%2fresourcesHistory"),
    ("POST", f"{GRAPH}%5c..%5cresourcesHistory"),
    ("POST", f"{GRAPH}/%252e%252e/resourcesHistory"),
    ("POST", "/providers/Microsoft.ResourceGraph/./resources"),
    ("POST", f"{GRAPH}/"),
    ("POST", f"/{GRAPH}"),
    ("POST", f"{GRAPH}%00"),
    ("POST", f"{GRAPH}%0a"),
    ("POST", f"{GRAPH}%3f"),
    ("POST", f"{GRAPH};register"),
    ("POST", f"{CHURN}/listKeys{GRAPH}"),
    ("POST", f"{CHURN}/listKeys?x={GRAPH}"),
    ("POST", f"{CHURN}/listKeys#{GRAPH}"),
    ("POST", f"/subscriptions/a/b{LATEST}/queryResults"),
    ("POST", f"{CHURN}/listKeys{LATEST}/queryResults"),
    ("POST", f"{CHURN}%2flistKeys{LATEST}/queryResults"),
    ("POST", f"{CHURN}/..{LATEST}/queryResults"),
    ("POST", f"{CHURN}%3flistKeys{LATEST}/queryResults"),
    ("POST", f"{CHURN};listKeys{LATEST}/queryResults"),
    ("POST", f"{CHURN}%00{LATEST}/queryResults"),
    ("POST", f"{CHURN}%20{LATEST}/queryResults"),
    ("POST", f"{CHURN}{LATEST}/queryResults/"),
    ("POST", f"{CHURN}{LATEST}/queryResults%2f..%2f..%2f..%2f..%2flistKeys"),
    ("POST", f"/subscriptions/..{LATEST}/queryResults"),
    ("GET", f"{CHURN}/../mlw-fraud"),
    ("GET", f"{CHURN}/%2e%2e/mlw-fraud"),
    ("GET", f"{CHURN}/%2E./mlw-fraud"),
    ("GET", f"{CHURN}/."),
    ("get ", CHURN),
    ("GETS", CHURN),
]
"""Requests that may look like reads until they are resolved on their way."""

BOTH: Final = [*WRITES, *TRICKS]


def named(requests: Sequence[tuple[str, str]]) -> list[str]:
    """Return names that tell requests apart."""
    return [f"{method} {path.removeprefix(CHURN) or 'workspace'}" for method, path in requests]


ELSEWHERE: Final = [
    "https://elsewhere.invalid/subscriptions",
    "https://127.0.0.1:{port}/subscriptions",
    "http://localhost:{port}/subscriptions",
    "https://localhost/subscriptions",
    "https://localhost:1{port}/subscriptions",
    "https://localhost:{port}.elsewhere.invalid/subscriptions",
    "https://localhost:{port}@elsewhere.invalid/subscriptions",
    "https://someone@localhost:{port}/subscriptions",
    "https://elsewhere.invalid#@localhost:{port}/subscriptions",
    "https://elsewhere.invalid\\@localhost:{port}/subscriptions",
    "https://localhost.:{port}/subscriptions",
    "ftp://localhost:{port}/subscriptions",
    "file:///etc/hosts",
]
"""Hosts that are not the resource manager, however similar they look."""


@pytest.fixture
def clients(reader: AzureReader) -> Mapping[str, Any]:
    """Return the SDK clients that amlaudit reads with, by name."""
    by_provider = reader._by_provider  # noqa: SLF001 - what amlaudit never hands out
    return dict(zip(CLIENTS, (reader._graph, *by_provider.values()), strict=True))  # noqa: SLF001


def assert_nothing_arrived(azure: LoopbackAzure) -> None:
    """Check that not even a connection was opened."""
    assert azure.requests == []
    assert azure.connections == 0


class TestTheGuardRefuses:
    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize(("method", "path"), WRITES, ids=named(WRITES))
    def test_writes_of_every_client(
        self,
        client: str,
        method: str,
        path: str,
        clients: Mapping[str, Any],
        azure: LoopbackAzure,
    ) -> None:
        request = HttpRequest(method, f"{azure.endpoint}{path}?api-version=2025-12-01")
        with pytest.raises(RequestRefusedError):
            clients[client]._client.send_request(request)  # noqa: SLF001
        assert_nothing_arrived(azure)

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize(("method", "path"), TRICKS, ids=named(TRICKS))
    def test_paths_that_are_not_what_they_seem(
        self,
        client: str,
        method: str,
        path: str,
        clients: Mapping[str, Any],
        azure: LoopbackAzure,
    ) -> None:
        with pytest.raises(RequestRefusedError):
            clients[client]._client.send_request(  # noqa: SLF001
                HttpRequest(method, azure.endpoint + path)
            )
        assert_nothing_arrived(azure)

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize("address", ELSEWHERE)
    def test_other_hosts_and_schemes(
        self, client: str, address: str, clients: Mapping[str, Any], azure: LoopbackAzure
    ) -> None:
        port = azure.endpoint.rpartition(":")[2]
        # The SDK itself refuses to send a token without TLS.
        refusal = RequestRefusedError if address.startswith("https:") else AzureError
        with pytest.raises(refusal):
            clients[client]._client.send_request(  # noqa: SLF001
                HttpRequest("GET", address.format(port=port))
            )
        assert_nothing_arrived(azure)

    @pytest.mark.parametrize("address", ELSEWHERE)
    def test_other_hosts_and_schemes_in_the_transport_itself(
        self, address: str, azure: LoopbackAzure
    ) -> None:
        port = azure.endpoint.rpartition(":")[2]
        with bare_transport(azure) as transport, pytest.raises(RequestRefusedError):
            transport.send(HttpRequest("GET", address.format(port=port)))
        assert_nothing_arrived(azure)


Operation = Callable[[Mapping[str, Any]], object]

OPERATIONS: Final[dict[str, Operation]] = {
    "create a workspace": lambda sdk: sdk["machine learning"].workspaces.begin_create_or_update(
        "rg", "ws", {}
    ),
    "update a workspace": lambda sdk: sdk["machine learning"].workspaces.update("rg", "ws", {}),
    "delete a workspace": lambda sdk: sdk["machine learning"].workspaces.begin_delete("rg", "ws"),
    "list keys": lambda sdk: sdk["machine learning"].workspaces.list_keys("rg", "ws"),
    "resync keys": lambda sdk: sdk["machine learning"].workspaces.resync_keys("rg", "ws"),
    "delete a compute": lambda sdk: sdk["machine learning"].machine_learning_compute.begin_delete(
        "rg", "ws", "c", "Delete"
    ),
    "create a compute": lambda sdk: sdk[
        "machine learning"
    ].machine_learning_compute.begin_create_or_update("rg", "ws", "c", {}),
    "list the keys of a compute": lambda sdk: sdk[
        "machine learning"
    ].machine_learning_compute.list_keys("rg", "ws", "c"),
    "list nodes": lambda sdk: list(
        sdk["machine learning"].machine_learning_compute.list_nodes("rg", "ws", "c")
    ),
    "start a compute": lambda sdk: sdk["machine learning"].machine_learning_compute.start(
        "rg", "ws", "c"
    ),
    "stop a compute": lambda sdk: sdk["machine learning"].machine_learning_compute.stop(
        "rg", "ws", "c"
    ),
    "grant a role": lambda sdk: sdk["authorization"].role_assignments.create(
        SUBSCRIPTION, "name", {}
    ),
    "take a role away": lambda sdk: sdk["authorization"].role_assignments.delete(
        SUBSCRIPTION, "name"
    ),
    "change a role": lambda sdk: sdk["authorization"].role_definitions.create_or_update(
        SUBSCRIPTION, "name", {}
    ),
    "trigger an evaluation": lambda sdk: sdk[
        "policy insights"
    ].policy_states.begin_trigger_subscription_evaluation(PRODUCTION),
    "summarise policy states": lambda sdk: sdk[
        "policy insights"
    ].policy_states.summarize_for_subscription("latest", PRODUCTION),
    "remediate": lambda sdk: sdk["policy insights"].remediations.create_or_update_at_subscription(
        "name", {}
    ),
}
"""Typed operations of the SDK that do more than read."""


@pytest.mark.parametrize("operate", OPERATIONS.values(), ids=OPERATIONS)
def test_typed_operations_are_refused(
    operate: Operation, clients: Mapping[str, Any], azure: LoopbackAzure
) -> None:
    with pytest.raises(RequestRefusedError):
        operate(clients)
    assert_nothing_arrived(azure)


REGISTRABLE: Final[dict[str, tuple[Callable[..., Any], Operation]]] = {
    "machine learning": (
        lambda credential, **options: MachineLearningServicesMgmtClient(
            credential, PRODUCTION, **options
        ),
        lambda client: client.workspaces.get("rg-ml", "mlw-churn"),  # type: ignore[attr-defined]
    ),
    "authorization": (
        lambda credential, **options: AuthorizationManagementClient(
            credential, PRODUCTION, **options
        ),
        lambda client: client.role_assignments.get(SUBSCRIPTION, "name"),  # type: ignore[attr-defined]
    ),
    "policy insights": (
        lambda credential, **options: PolicyInsightsClient(credential, PRODUCTION, **options),
        lambda client: client.remediations.get_at_subscription("name"),  # type: ignore[attr-defined]
    ),
}
"""Clients as the SDK builds them by default, and for each a read that can get a 409."""


class TestTheHiddenRegistration:
    """On 409 `MissingSubscriptionRegistration` every client POSTs `…/register` by default."""

    @pytest.mark.parametrize("name", REGISTRABLE)
    def test_does_not_pass_the_transport(self, name: str, azure: LoopbackAzure) -> None:
        build, read = REGISTRABLE[name]
        azure.fail(first_request, faults.not_registered("Microsoft.Example"))
        with bare_transport(azure) as transport:
            client = build(azure.credential, **options(azure, transport))
            with pytest.raises(RequestRefusedError, match="register"):
                read(client)
        assert [request.method for request in azure.requests] == ["GET"]

    def test_would_pass_any_other_transport(self, azure: LoopbackAzure) -> None:
        build, read = REGISTRABLE["machine learning"]
        azure.fail(first_request, faults.not_registered("Microsoft.Example"))
        with RequestsTransport() as transport, pytest.raises(AzureError):
            read(build(azure.credential, **options(azure, transport)))
        assert any(path.endswith("/register") for path in azure.paths("POST"))

    def test_is_no_part_of_what_amlaudit_sends_through(
        self, clients: Mapping[str, Any], reader: AzureReader, azure: LoopbackAzure
    ) -> None:
        azure.fail(faults.anything, faults.not_registered("Microsoft.Example"))
        with pytest.raises(ReadError):
            reader.get(CHURN, "2025-12-01")
        assert azure.paths() == [CHURN.lower()]
        for client in clients.values():
            for policy in policies_of(client):
                assert not isinstance(
                    policy, ARMAutoResourceProviderRegistrationPolicy | RedirectPolicy
                )


class TestThePlaceOfTheGuard:
    @pytest.mark.parametrize(("method", "path"), BOTH, ids=named(BOTH))
    def test_is_the_transport_which_refuses_on_its_own(
        self, method: str, path: str, azure: LoopbackAzure
    ) -> None:
        with bare_transport(azure) as transport:
            with pytest.raises(RequestRefusedError):
                transport.send(HttpRequest(method, azure.endpoint + path))
            assert transport.taken() == []
        assert_nothing_arrived(azure)

    def test_is_beneath_every_client(self, clients: Mapping[str, Any], reader: AzureReader) -> None:
        transports = {id(client._client._pipeline._transport) for client in clients.values()}  # noqa: SLF001
        assert transports == {id(reader._transport)}  # noqa: SLF001
        assert isinstance(reader._transport, GuardedTransport)  # noqa: SLF001

    def test_is_where_no_retry_repeats_it(self) -> None:
        assert not issubclass(RequestRefusedError, AzureError)


class TestWhatAzureNamesNext:
    """Wherever an answer points, nothing is sent there that amlaudit would not send itself."""

    @pytest.fixture
    def elsewhere(self, certificates: Certificates) -> Iterator[LoopbackAzure]:
        """Serve as another host, with a trusted certificate."""
        with LoopbackAzure(certificates, ()) as other:
            yield other

    @pytest.mark.parametrize("link", ["nextLink", "@odata.nextLink"])
    def test_a_page_on_another_host_is_not_fetched(
        self, link: str, reader: AzureReader, azure: LoopbackAzure, elsewhere: LoopbackAzure
    ) -> None:
        address = f"{elsewhere.endpoint}{CHURN}/computes?api-version=2025-12-01"
        azure.fail(faults.anything, faults.edited(**{link: address}))
        with pytest.raises(ReadError, match="refused to send a request to https://localhost"):
            list(reader.pages(f"{CHURN}/computes", "2025-12-01"))
        assert len(azure.requests) == 1
        assert_nothing_arrived(elsewhere)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(
        self, status: int, reader: AzureReader, azure: LoopbackAzure, elsewhere: LoopbackAzure
    ) -> None:
        azure.fail(faults.anything, faults.redirect(f"{elsewhere.endpoint}{CHURN}", status))
        with pytest.raises(ReadError, match=f"Azure answered {status}"):
            reader.get(CHURN, "2025-12-01")
        assert len(azure.requests) == 1
        assert_nothing_arrived(elsewhere)

    @pytest.mark.parametrize(
        "link",
        ["//elsewhere.invalid/page", "https://elsewhere.invalid/page", "http://localhost/page"],
    )
    def test_a_page_elsewhere_is_a_read_error(
        self, link: str, reader: AzureReader, azure: LoopbackAzure
    ) -> None:
        azure.fail(faults.anything, faults.edited(nextLink=link))
        with pytest.raises(ReadError) as caught:
            list(reader.pages(f"{CHURN}/computes", "2025-12-01"))
        assert caught.value.reason is Reason.API_ERROR
        assert {request.headers["host"] for request in azure.requests} == {azure.endpoint[8:]}


@pytest.mark.parametrize(
    "home", ["https://management.azure.com", "https://Management.azure.com:443"]
)
@pytest.mark.parametrize("place", ["management.azure.com", "MANAGEMENT.AZURE.COM:443"])
def test_the_usual_port_may_be_spelled_as_azure_does_in_some_links(home: str, place: str) -> None:
    refuse_writes("GET", f"https://{place}/subscriptions/a?api-version=1", home)


@pytest.mark.parametrize(
    "place",
    [
        "management.azure.com:444",
        "management.azure.com:443:443",
        "management.azure.com:443@elsewhere.invalid",
        "user@management.azure.com:443",
        "elsewhere.invalid:443",
    ],
)
def test_any_other_port_and_place_may_not(place: str) -> None:
    with pytest.raises(RequestRefusedError):
        refuse_writes("GET", f"https://{place}/subscriptions/a", "https://management.azure.com")


def test_what_is_only_a_read_arrives(reader: AzureReader, azure: LoopbackAzure) -> None:
    reader.get(CHURN.upper(), "2025-12-01")
    query = "resources | where type =~ 'Microsoft.KeyVault/vaults' | project id | order by id asc"
    (answer,) = reader.graph(query, [PRODUCTION])
    assert len(answer.body["data"]) == 1
    condition = {"$filter": "resourceType eq 'Microsoft.Storage/storageAccounts'"}
    path = f"{POLICY_STATES}/queryResults"
    (states,) = reader.pages(path, "2019-10-01", method="POST", parameters=condition)
    assert len(states.body["value"]) == 2
    details = {"$filter": "complianceState eq 'NonCompliant'", "$expand": "PolicyEvaluationDetails"}
    path = f"{FRAUD}{LATEST}/queryResults"
    (states,) = reader.pages(path, "2019-10-01", method="POST", parameters=details)
    assert {each["complianceState"] for each in states.body["value"]} == {"NonCompliant"}
    assert [request.method for request in azure.requests] == ["GET", "POST", "POST", "POST"]


def test_a_collection_sends_only_reads(azure: LoopbackAzure) -> None:
    with collected(azure):
        pass
    queries = {
        faults.GRAPH_PATH,
        *(
            f"/subscriptions/{key}{LATEST}/queryResults".lower()
            for key in (PRODUCTION, "22222222-2222-4222-8222-222222222222")
        ),
    }
    evaluated = {
        f"{each['id']}{LATEST}/queryResults".lower()
        for each in documents()
        if str(each["type"]).lower() in EVALUATED
    }
    assert {request.method for request in azure.requests} == {"GET", "POST"}
    assert set(azure.paths("POST")) == queries | evaluated


def bare_transport(azure: LoopbackAzure) -> GuardedTransport:
    """Return only amlaudit's transport."""
    return GuardedTransport(azure.cloud, Traffic(), whole_seconds=60)


def options(azure: LoopbackAzure, transport: RequestsTransport) -> dict[str, Any]:
    """Return the options that point an SDK client at an Azure, all else being at its default."""
    return {
        "base_url": azure.endpoint,
        "credential_scopes": [azure.cloud.token_scope],
        "transport": transport,
        "retry_total": 0,
        "polling_interval": 0,
    }


def first_request(request: Request) -> bool:
    """Match any request that is not a registration."""
    return not request.place.endswith(("/register", "/microsoft.example"))


def policies_of(client: Any) -> list[object]:
    """Return the policies in a client's pipeline."""
    chain = client._client._pipeline._impl_policies  # noqa: SLF001
    return [getattr(each, "_policy", each) for each in chain]
