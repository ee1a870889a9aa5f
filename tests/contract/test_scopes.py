"""What a scan is asked to read: tenants, groups, exclusions, clouds."""

from pathlib import Path
from typing import Any, Final

import pytest
from azure.core.credentials import AccessToken

from amlaudit.core import arm_id
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import COMPUTE, COMPUTE_PREVIEW, STORAGE, WORKSPACE
from amlaudit.core.scope import Scope
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.cloud import CLOUDS
from amlaudit.scanners.events import Event, Noticed, Reached, Signed
from amlaudit.scanners.snapshot_store import open_snapshot
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.credential import TENANT
from tests.loopback.reading import collected
from tests.loopback.wire import Request

PRODUCTION: Final = f"/subscriptions/{small.PRODUCTION}"
LABORATORY: Final = f"/subscriptions/{small.LABORATORY}"
ROOT_GROUP: Final = f"/providers/microsoft.management/managementgroups/{TENANT}"


def members(*keys: str) -> dict[str, object]:
    """Return a list of the subscriptions under a management group."""
    kind = "Microsoft.Management/managementGroups/subscriptions"
    return {"value": [{"id": f"/x/{key}", "name": key, "type": kind} for key in keys]}


def without_id(answer: Any) -> None:
    """Remove the id of the first subscription."""
    del answer["value"][0]["subscriptionId"]


def test_a_subscription_that_is_listed_without_its_id_is_a_gap(azure: LoopbackAzure) -> None:
    azure.fail(faults.path_ends("/subscriptions"), faults.rewritten(without_id))
    with collected(azure) as estate:
        assert len(estate.store.collection().reached) == 1
        gap = estate.store.sight(arm_id.ROOT, WORKSPACE)
        assert isinstance(gap, Gap)
        assert gap.reason is Reason.UNSUPPORTED
    named = Scope((estate.store.collection().reached[0].rpartition("/")[2],))
    with collected(azure, named) as estate:
        assert estate.store.sight(arm_id.ROOT, WORKSPACE) is False


class TestATenant:
    def test_is_whole_where_its_root_group_names_what_can_be_seen(
        self, azure: LoopbackAzure
    ) -> None:
        both = members(small.PRODUCTION, small.LABORATORY)
        azure.fail(faults.path_ends(f"{TENANT}/descendants"), faults.value(both))
        with collected(azure, Scope(tenant=TENANT)) as estate:
            assert estate.store.collection().reached == (PRODUCTION, LABORATORY)
            assert estate.gaps() == ()

    def test_has_a_gap_for_each_subscription_that_is_hidden(self, azure: LoopbackAzure) -> None:
        hidden = "99999999-9999-4999-8999-999999999999"
        all_of_them = members(small.PRODUCTION, small.LABORATORY, hidden)
        azure.fail(faults.path_ends(f"{TENANT}/descendants"), faults.value(all_of_them))
        with collected(azure, Scope(tenant=TENANT)) as estate:
            assert {gap.scope_id for gap in estate.gaps()} == {f"/subscriptions/{hidden}"}

    def test_that_does_not_show_its_members_is_not_known_to_be_whole(
        self, azure: LoopbackAzure
    ) -> None:
        with collected(azure, Scope(tenant=TENANT)) as estate:
            assert estate.store.collection().reached == (PRODUCTION, LABORATORY)
            gap = estate.sight(ROOT_GROUP, WORKSPACE)
            assert gap is not None
            assert gap.reason is Reason.FORBIDDEN
            assert gap.permission == "Microsoft.Management/managementGroups/descendants/read"

    def test_of_another_id_than_the_principals_is_refused(self, azure: LoopbackAzure) -> None:
        other = "99999999-9999-4999-8999-999999999999"
        with pytest.raises(AmlauditError) as caught, collected(azure, Scope(tenant=other)):
            pass
        assert (caught.value.code, caught.value.exit_code) == ("E102", Exit.NO_ACCESS)
        assert azure.requests == []

    def test_is_asked_for_when_signing_in(self, azure: LoopbackAzure) -> None:
        asked: list[object] = []

        class Asking:
            def get_token(self, *scopes: str, **options: object) -> AccessToken:
                asked.append((scopes, options))
                return given.get_token()

        given = azure.credential
        azure.credential = Asking()
        with collected(azure, Scope((PRODUCTION[15:],), tenant="contoso.com")) as estate:
            assert estate.gaps() == ()
        assert asked == [((azure.cloud.token_scope,), {"tenant_id": "contoso.com"})]


class TestAManagementGroup:
    def test_has_a_gap_for_each_member_that_is_hidden(self, azure: LoopbackAzure) -> None:
        hidden = "99999999-9999-4999-8999-999999999999"
        azure.fail(
            faults.path_ends("/descendants"), faults.value(members(small.PRODUCTION, hidden))
        )
        with collected(azure, Scope(management_groups=(small.GROUP,))) as estate:
            assert estate.store.collection().reached == (PRODUCTION,)
            assert {gap.scope_id for gap in estate.gaps()} == {f"/subscriptions/{hidden}"}

    def test_that_cannot_be_read_for_now_says_why(self, azure: LoopbackAzure) -> None:
        azure.fail(faults.path_ends("/descendants"), faults.throttled())
        asked = Scope((small.PRODUCTION,), (small.GROUP,))
        with collected(azure, asked) as estate:
            assert {gap.reason for gap in estate.gaps()} == {Reason.THROTTLED}

    def test_many_are_joined(self, azure: LoopbackAzure) -> None:
        for group, key in (("one", small.PRODUCTION), ("two", small.LABORATORY)):
            azure.fail(faults.path_ends(f"/{group}/descendants"), faults.value(members(key)))
        with collected(azure, Scope(management_groups=("one", "two"))) as estate:
            assert estate.store.collection().reached == (PRODUCTION, LABORATORY)
            assert estate.gaps() == ()


class TestExclusion:
    @pytest.mark.parametrize(
        "pattern", ["ML Production", "ml prod*", small.PRODUCTION, PRODUCTION.upper(), "/*/1111*"]
    )
    def test_of_a_subscription_reads_nothing_of_it(
        self, pattern: str, azure: LoopbackAzure
    ) -> None:
        with collected(azure, Scope(excluded=(pattern,))) as estate:
            assert estate.store.collection().reached == (LABORATORY,)
            assert estate.gaps() == ()
        assert [path for path in azure.paths() if path.startswith(PRODUCTION)] == []

    def test_of_everything_is_refused(self, azure: LoopbackAzure) -> None:
        with (
            pytest.raises(AmlauditError, match="excludes all 2"),
            collected(azure, Scope(excluded=("*",))),
        ):
            pass

    def test_of_a_resource_group_neither_reads_nor_judges_what_lies_in_it(
        self, azure: LoopbackAzure, tmp_path: Path
    ) -> None:
        scope = Scope(excluded=("*/resourceGroups/rg-lab",))
        with collected(azure, scope, snapshot=tmp_path / "estate.db") as estate:
            assert arm_id.normalise(small.LAB) not in {
                each.id for each in estate.of_type(WORKSPACE)
            }
            assert len(list(estate.of_type(WORKSPACE))) == 2
            assert estate.gaps() == ()
        assert [path for path in azure.paths() if "/rg-lab/" in path] == []
        again = open_snapshot(tmp_path / "estate.db", scope)
        assert len(list(again.of_type(WORKSPACE))) == 2
        assert again.store.collection().scope == scope
        again.close()

    def test_of_a_workspace_beats_asking_for_it(self, azure: LoopbackAzure) -> None:
        scope = Scope(workspaces=("mlw-churn", "mlw-fraud"), excluded=("*/workspaces/mlw-fraud",))
        with collected(azure, scope) as estate:
            assert [each.name for each in estate.of_type(WORKSPACE)] == ["mlw-churn"]

    def test_holds_for_what_a_workspace_refers_to(self, azure: LoopbackAzure) -> None:
        account = arm_id.normalise(small.STORAGE)
        scope = Scope(workspaces=("mlw-churn",), excluded=(account,))
        with collected(azure, scope) as estate:
            assert list(estate.of_type(STORAGE)) == []
        assert [path for path in azure.paths() if path.startswith(account)] == []


class TestClouds:
    @pytest.mark.parametrize("name", CLOUDS)
    def test_every_client_of_a_cloud_speaks_to_it_and_with_its_tokens(
        self, name: str, azure: LoopbackAzure
    ) -> None:
        cloud = CLOUDS[name]
        reader = AzureReader(azure.credential, cloud, lambda _: None)
        clients: list[Any] = [reader._graph, *reader._by_provider.values()]  # noqa: SLF001
        for client in clients:
            address = client._client._base_url  # noqa: SLF001
            assert address.rstrip("/") == cloud.endpoint
            assert client._config.credential_scopes == [cloud.token_scope]  # noqa: SLF001
            assert client._config.credential._scope == cloud.token_scope  # noqa: SLF001
        reader.close()


class TestACloudThatLagsBehind:
    @pytest.fixture
    def azure(self, azure: LoopbackAzure) -> LoopbackAzure:
        """Serve computes only at an older API version."""

        def is_too_new(request: Request) -> bool:
            wanted = request.query.get("api-version", "")
            return request.place.endswith("/computes") and wanted > "2024-10-01"

        message = (
            "No registered resource provider found for location 'x' and API version '2025-12-01'. "
            "The supported api-versions are '2024-04-01, 2024-10-01, 2025-01-01-preview'."
        )
        azure.fail(is_too_new, faults.error(400, "NoRegisteredProviderFound", message))
        return azure

    def test_is_read_at_the_version_that_it_offers_and_says_so(self, azure: LoopbackAzure) -> None:
        heard: list[Event] = []
        with collected(azure, observer=heard.append) as estate:
            # What only previews show has no older version.
            assert {gap.part for gap in estate.gaps()} == {COMPUTE_PREVIEW}
            versions = {each.origin.api_version for each in estate.of_type(COMPUTE)}
        assert versions == {"2024-10-01"}
        told = [each.text for each in heard if isinstance(each, Noticed)]
        assert (
            f"{COMPUTE} is not available in API version 2025-12-01 here; using 2024-10-01" in told
        )


def test_what_is_reached_is_told_by_name(azure: LoopbackAzure) -> None:
    heard: list[Event] = []
    with collected(azure, Scope((small.PRODUCTION,)), observer=heard.append):
        pass
    assert heard[0] == Signed("service principal 00000000-0000-0000-0000-0000000000a9", TENANT)
    assert heard[1] == Reached({PRODUCTION: "ML Production"})
