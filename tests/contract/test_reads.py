"""What a read may declare about its service: how many pages are enough, which error means none."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import pytest

from amlaudit.core import arm_id
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    DATA_VERSION,
    DATASTORE,
    FILE_SERVICE,
    FILE_SHARE,
    JOB,
    KEY,
    LOCK,
    METRIC,
    POLICY_STATE,
    ROLE_SCHEDULE,
)
from amlaudit.core.scope import Scope
from amlaudit.scanners.areas.compute import SCANNER as COMPUTES
from tests.contract.test_resume import interrupted
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.faults import Honest
from tests.loopback.reading import collected
from tests.loopback.snapshots import content
from tests.loopback.wire import Reply, Request, json_response

CHURN: Final = arm_id.normalise(small.CHURN)
MAX: Final = next(read.most_pages for read in COMPUTES.reads if read.yields == JOB)
OF_JOBS: Final = faults.path_ends(f"{small.CHURN}/jobs")
OF_LOCKS: Final = "/providers/Microsoft.Authorization/locks"
PRODUCTION: Final = f"/subscriptions/{small.PRODUCTION}"
BY_ITSELF: Final = arm_id.normalise(f"{PRODUCTION}{OF_LOCKS}")
OF_SCHEDULES: Final = faults.path_ends("/roleAssignmentScheduleInstances")


class Jobs:
    """A workspace with the given number of jobs, one per page."""

    def __init__(self, azure: LoopbackAzure, count: int, name: str = "nextLink") -> None:
        self._endpoint = azure.endpoint
        self._count = count
        self._name = name
        azure.fail(OF_JOBS, self)

    def __call__(self, request: Request, _honest: Honest) -> Reply:
        number = int(request.query.get("$skip", "1"))
        job = {"id": f"{small.CHURN}/jobs/j{number}", "name": f"j{number}", "properties": {}}
        following = f"{self._endpoint}{request.place}?api-version=2025-12-01&$skip={number + 1}"
        more = {self._name: following} if number < self._count else {}
        return json_response({"value": [job], **more})


def jobs_of_churn(estate: Estate) -> int:
    """Return how many jobs of the workspace are known."""
    return sum(each.id.startswith(CHURN) for each in estate.of_type(JOB))


def test_a_list_as_long_as_is_read_of_it_is_whole(azure: LoopbackAzure) -> None:
    Jobs(azure, MAX)
    with collected(azure) as estate:
        assert jobs_of_churn(estate) == MAX
        assert estate.gaps() == ()


@pytest.mark.parametrize("name", ["NextLink", "nextlink", "@odata.nextLink", "odata.nextLink"])
def test_the_next_page_is_found_under_any_of_its_names(azure: LoopbackAzure, name: str) -> None:
    Jobs(azure, MAX, name)
    with collected(azure) as estate:
        assert jobs_of_churn(estate) == MAX


def test_a_row_with_a_foreign_id_replaces_nothing(azure: LoopbackAzure) -> None:
    """And the resource that it is about is not known to exist."""

    def exchange(body: Any) -> None:
        body["value"][0]["id"] = small.CHURN

    azure.fail(faults.path_ends(f"{small.CHURN}/datastores"), faults.rewritten(exchange))
    with collected(azure) as estate:
        workspace = estate.store.get(CHURN)
        gap = estate.sight(CHURN, DATASTORE)
    assert workspace
    assert "storageAccount" in cast("Mapping[str, object]", workspace.body["properties"])
    assert gap
    assert gap.detail.endswith("rows have no id of a requested type")


def test_a_row_without_an_id_may_lie_anywhere_in_a_subscription(azure: LoopbackAzure) -> None:
    def forget(body: Any) -> None:
        for row in body["value"]:
            row["id"] = None

    azure.fail(faults.path_ends(f"{PRODUCTION}{OF_LOCKS}"), faults.rewritten(forget))
    with collected(azure) as estate:
        gap = estate.sight(PRODUCTION, LOCK)
        assert [each for each in estate.of_type(LOCK) if each.id.startswith(BY_ITSELF)] == []
    assert gap
    assert gap.detail.endswith("rows have no id of a requested type")


def test_a_longer_list_is_read_to_a_limit_and_the_rest_is_a_gap(azure: LoopbackAzure) -> None:
    Jobs(azure, MAX + 1)
    with collected(azure) as estate:
        assert jobs_of_churn(estate) == MAX
        (gap,) = estate.gaps()
        assert (gap.scope_id, gap.part, gap.reason) == (CHURN, JOB, Reason.NOT_COLLECTED)
        assert gap.detail == f"only the first {MAX} pages of the list were read"
    assert sum(map(OF_JOBS, azure.requests)) == MAX


def test_a_resumed_list_has_the_same_limit(azure: LoopbackAzure, tmp_path: Path) -> None:
    Jobs(azure, MAX + 50)
    with collected(azure, snapshot=tmp_path / "whole.db"):
        reads = Counter(map(OF_JOBS, azure.requests))[False]
    azure.requests.clear()
    interrupted(azure, tmp_path / "estate.db", reads // 2)
    with collected(azure, snapshot=tmp_path / "estate.db", resume=True):
        assert sum(map(OF_JOBS, azure.requests)) == MAX
    assert content(tmp_path / "estate.db") == content(tmp_path / "whole.db")


@pytest.mark.parametrize("status", [400, 403])
def test_without_a_licence_eligible_roles_are_unknown(status: int, azure: LoopbackAzure) -> None:
    azure.fail(OF_SCHEDULES, faults.error(status, "AadPremiumLicenseRequired"))
    with collected(azure) as estate:
        assert {gap.part for gap in estate.gaps()} == {ROLE_SCHEDULE}


def test_a_key_that_is_listed_and_cannot_be_read_by_itself_shows_no_renewal(
    azure: LoopbackAzure,
) -> None:
    azure.fail(faults.path_ends(f"{small.VAULT}/keys/one"), faults.error(403))
    with collected(azure) as estate:
        (key,) = estate.of_type(KEY)
        assert [path for path, _ in key.gaps] == [("properties", "rotationpolicy")]
        assert Reason.FORBIDDEN in {gap.reason for gap in estate.gaps()}


def test_children_of_referenced_resources_are_read_too(
    azure: LoopbackAzure,
) -> None:
    with collected(azure, Scope(workspaces=("mlw-churn",))) as estate:
        (key,) = estate.of_type(KEY)
        assert key.gaps == ()
    azure.requests.clear()
    with collected(azure, Scope(workspaces=("mlw-churn",), excluded=("*/keys/one",))):
        assert [path for path in azure.paths() if path.endswith("/keys/one")] == []


OF_FILES: Final = faults.path_ends(
    f"{small.LAB_STORAGE}/fileServices/default", f"{small.LAB_STORAGE}/fileServices/default/shares"
)


def test_an_account_without_files_has_no_shares_and_no_gap(azure: LoopbackAzure) -> None:
    """As with accounts for blobs only."""
    message = "File is not supported for the account."
    azure.fail(OF_FILES, faults.error(400, "FeatureNotSupportedForAccount", message))
    account = arm_id.normalise(small.LAB_STORAGE)
    with collected(azure) as estate:
        assert estate.gaps() == ()
        assert estate.sight(account, FILE_SHARE) is None
        assert [each for each in estate.of_type(FILE_SHARE) if each.id.startswith(account)] == []


def test_any_other_refusal_of_a_request_is_a_gap(azure: LoopbackAzure) -> None:
    azure.fail(OF_FILES, faults.error(400, "AccountIsDisabled"))
    with collected(azure) as estate:
        assert {gap.part for gap in estate.gaps()} == {FILE_SERVICE, FILE_SHARE}


def test_a_subscription_without_a_provider_has_none_of_its_resources(
    azure: LoopbackAzure,
) -> None:
    laboratory = f"/subscriptions/{small.LABORATORY}"
    namespace = "Microsoft.ContainerRegistry"
    of_registries = faults.path_ends(f"{laboratory}/providers/{namespace}/registries")
    azure.fail(of_registries, faults.not_registered(namespace))
    with collected(azure) as estate:
        assert estate.gaps() == ()
        assert estate.sight(laboratory, CONTAINER_REGISTRY) is None


def test_an_unregistered_provider_reveals_nothing_about_policy_states(azure: LoopbackAzure) -> None:
    states = f"/subscriptions/{small.LABORATORY}/providers/Microsoft.PolicyInsights"
    azure.fail(
        lambda request: request.place.startswith(states.lower()),
        faults.not_registered("Microsoft.PolicyInsights"),
    )
    with collected(azure) as estate:
        assert {gap.part for gap in estate.gaps()} == {POLICY_STATE}


OF_METRICS: Final = faults.path_ends("/providers/Microsoft.Insights/metrics")


def test_request_metrics_are_read_for_the_preceding_days(
    azure: LoopbackAzure, tmp_path: Path
) -> None:
    interrupted(azure, tmp_path / "estate.db", 20)
    first = [each.query["timespan"] for each in azure.requests if OF_METRICS(each)]
    azure.requests.clear()
    with collected(azure, snapshot=tmp_path / "estate.db", resume=True) as estate:
        began = estate.store.collection().started_at
        assert len(list(estate.of_type(METRIC))) == 1
    assert began
    span = f"{began - timedelta(30):%Y-%m-%dT%H:%M:%SZ}/{began:%Y-%m-%dT%H:%M:%SZ}"
    assert {*first, *(each.query["timespan"] for each in azure.requests if OF_METRICS(each))} == {
        span
    }


@pytest.mark.parametrize(
    ("action", "part"),
    [
        ("Microsoft.Insights/metrics/read", METRIC),
        ("Microsoft.MachineLearningServices/workspaces/data/versions/read", DATA_VERSION),
    ],
)
def test_what_may_not_be_read_is_a_gap_with_its_action(
    action: str, part: str, azure: LoopbackAzure
) -> None:
    azure.principal.denied.add(action)
    with collected(azure) as estate:
        assert {(gap.part, gap.reason, gap.permission) for gap in estate.gaps()} == {
            (part, Reason.FORBIDDEN, action)
        }
