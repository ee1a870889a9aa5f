"""The guarantees of `LiveAzure`, with the real SDK clients and over real HTTPS."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from amlaudit.core import arm_id
from amlaudit.core.coverage import SUBSCRIPTION_PARTS
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import (
    COMPUTE,
    COMPUTE_PREVIEW,
    JOB,
    KUBERNETES_VERSIONS,
    LIFECYCLE,
    ML_REGISTRY,
    POLICY_EVALUATION,
    POLICY_STATE,
    QUOTA,
    QUOTA_USAGE,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.resource import Document, Origin
from amlaudit.core.scope import Scope
from amlaudit.demo.source import READ_AT
from amlaudit.demo.source import documents as embedded
from amlaudit.demo.source import gaps as embedded_gaps
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.areas.cost import document_of_limit
from amlaudit.scanners.areas.policy import EVALUATED, document_of_evaluation, document_of_state
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.events import Event, Planned
from amlaudit.scanners.scanner import ArmRead, Scanner, type_read_by
from amlaudit.scanners.snapshot_store import open_snapshot
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.arm import PREVIEWED, laid_over, without
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.faults import Act
from tests.loopback.graph import token_of
from tests.loopback.reading import RETRIES, collected
from tests.loopback.wire import Request, Response, json_response

PRODUCTION: Final = f"/subscriptions/{small.PRODUCTION}"
LABORATORY: Final = f"/subscriptions/{small.LABORATORY}"
CHURN: Final = arm_id.normalise(small.CHURN)
FRAUD: Final = arm_id.normalise(small.FRAUD)

SCANNERS: Final = all_scanners()
READS: Final = [read for scanner in SCANNERS for read in scanner.reads]
PREVIEWS: Final = {
    read.yields.removesuffix("/previews"): read
    for read in READS
    if read.yields.endswith("/previews")
}
"""The reads of what only a preview shows, by the type of the resulting documents."""
QUERIED_ACTIONS: Final = [
    action for scanner in SCANNERS for query in scanner.queries for action in query.actions
]
COLUMNS: Final = frozenset(
    ("id", "name", "type", "location", "kind", "sku", "identity", "zones", "tags", "properties")
)
"""The columns that the queries request for a resource."""


def cases(known: Mapping[str, object]) -> list[object]:
    """Return cases as parameters, by name."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            id=name,
        )
        for name, case in known.items()
    ]


Bodies = dict[str, dict[str, Any]]


def bodies(estate: Estate) -> Bodies:
    """Return every body in an estate by id, without the empty columns of Resource Graph."""
    resources = (each for kind in estate.store.counts() for each in estate.of_type(kind))
    return {each.id: told(each.body) for each in resources}


def told(body: Document) -> dict[str, Any]:
    """Return the information in a body: the graph has types in lower case and empty columns."""
    full = {key: value for key, value in body.items() if value not in (None, "")}
    return full | ({"type": str(body["type"]).lower()} if "type" in body else {})


def expected(documents: Iterable[Document]) -> Bodies:
    """Return the bodies in a complete collection of the documents."""
    in_graph_only = {*map(type_read_by, QUERIED_ACTIONS)} - {read.yields for read in READS}
    held = list(documents)
    of_previews = {key_of(each).rpartition("/previews/")[0]: each for each in held}
    found = {
        key_of(each): told(each)
        for each in previewed(
            laid_over(each, of_previews[key_of(each)]) if key_of(each) in of_previews else each
            for each in held
        )
    }
    evaluated = {key_of(each): each for each in held if kind_of(each) == POLICY_EVALUATION}
    for document in held:
        if kind_of(document) == POLICY_EVALUATION:  # the service only includes it in policy states
            continue
        written = without(dict(document), PREVIEWED.get(kind_of(document), ()))
        if kind_of(document) == arm_id.SUBSCRIPTION_TYPE:  # the graph has another name for it
            written["name"] = written.pop("displayName", written["name"])
            written.pop("subscriptionId", None)
        if kind_of(document) in in_graph_only:
            written = {key: value for key, value in written.items() if key in COLUMNS}
        if kind_of(document) == POLICY_STATE:  # the service only returns their properties
            row = written["properties"]
            assert isinstance(row, Mapping)
            written = dict(document_of_state(row))
            if evaluation := evaluation_of(
                row, evaluated.get(key_of(document).replace(POLICY_STATE, POLICY_EVALUATION), {})
            ):
                found[key_of(evaluation)] = told(evaluation)
        if kind_of(document) in (QUOTA, QUOTA_USAGE):  # the same applies to limits
            row = written["properties"]
            assert isinstance(row, Mapping)
            limit = document_of_limit(row, kind_of(document).rpartition("/")[2])
            written = {**limit, "id": arm_id.normalise(str(written["id"]))}
        if kind_of(document) == KUBERNETES_VERSIONS:  # and to what a region supports
            region = arm_id.parent_of(key_of(document))
            written["id"] = f"{region}/kubernetesVersions/{written['name']}"
        for each in resources_of(written, Origin("", "", READ_AT)):
            found[each.id] = told(each.body)
    return found


def previewed(documents: Iterable[Document]) -> Iterator[Document]:
    """Yield what only previews show of the documents."""
    for document in documents:
        if read := PREVIEWS.get(kind_of(document)):
            yield read.document(document)


def evaluation_of(row: Mapping[str, Any], evaluated: Document) -> Document | None:
    """Return what is requested for a state in addition: the evaluation, if it is not compliant."""
    is_asked = arm_id.type_of(arm_id.normalise(str(row["resourceId"]))) in EVALUATED
    if not is_asked or row["complianceState"] != "NonCompliant":
        return None
    properties: Any = evaluated.get("properties", {})
    details = properties.get("policyEvaluationDetails")
    return document_of_evaluation({**row, "policyEvaluationDetails": details})


def key_of(document: Document) -> str:
    """Return the normalised id of a document."""
    return arm_id.normalise(str(document["id"]))


def kind_of(document: Document) -> str:
    """Return the ARM type of a document."""
    return arm_id.type_of(arm_id.normalise(str(document["id"])))


def serving(
    certificates: Certificates, documents: Iterable[Document], page_size: int = 1000
) -> LoopbackAzure:
    """Return an Azure with the given documents."""
    return LoopbackAzure(certificates, documents, page_size=page_size)


STANDS_FOR: Final = {
    Reason.FORBIDDEN: faults.error(403, "AuthorizationFailed"),
    Reason.THROTTLED: faults.throttled(),
    Reason.TIMEOUT: faults.error(504, "GatewayTimeout"),
    Reason.API_ERROR: faults.error(500),
}
"""The fault in Azure that causes a gap in the embedded estate."""


def read_of(gap: Gap) -> ArmRead:
    """Return the read whose failure causes a gap in the embedded estate."""
    of = arm_id.type_of(gap.scope_id)
    (found,) = (read for read in READS if (read.of, read.yields) == (of, gap.part))
    return found


def made_by(read: ArmRead, target: str) -> faults.Predicate:
    """Match the requests of a read for one resource, but none for previews of it."""
    matches = faults.path_ends(target + read.path)
    return lambda each: matches(each) and each.query["api-version"] == read.api_version


class TestAWholeCollection:
    def test_holds_what_azure_serves_and_has_no_gaps(self, azure: LoopbackAzure) -> None:
        with collected(azure) as estate:
            assert bodies(estate) == expected(small.documents())
            assert estate.gaps() == ()

    def test_of_the_embedded_estate_is_that_estate_with_its_gaps(
        self, certificates: Certificates
    ) -> None:
        documents = [each for _, several in embedded() for each in several]
        with LoopbackAzure(certificates) as azure:
            for gap in embedded_gaps():
                azure.fail(made_by(read_of(gap), gap.scope_id), STANDS_FOR[gap.reason])
            with collected(azure) as estate:
                assert bodies(estate) == expected(documents)
                found = {(each.scope_id, each.part, each.reason) for each in estate.gaps()}
        assert found == {(each.scope_id, each.part, each.reason) for each in embedded_gaps()}

    @pytest.mark.parametrize("page_size", [1, 2])
    def test_is_the_same_in_small_pages(self, certificates: Certificates, page_size: int) -> None:
        with (
            serving(certificates, small.documents(), page_size) as azure,
            collected(azure) as estate,
        ):
            assert bodies(estate) == expected(small.documents())
            assert estate.gaps() == ()
            further = faults.page_after_first(faults.anything)
            paged = {request.place for request in azure.requests if further(request)}
            assert any(place.endswith("/computes") for place in paged)
            assert any(place.endswith("/queryresults") for place in paged)
            assert faults.GRAPH_PATH in paged

    def test_says_who_read_it_and_whence(self, azure: LoopbackAzure) -> None:
        with collected(azure) as estate:
            how = estate.store.collection()
        assert how.principal == "service principal 00000000-0000-0000-0000-0000000000a9"
        assert how.tenant == "00000000-0000-0000-0000-00000000007e"
        assert how.sources == (azure.endpoint,)
        assert how.reached == (PRODUCTION, LABORATORY)
        assert how.started_at is not None
        assert how.ended_at is not None
        assert how.started_at <= how.ended_at

    def test_sees_grants_of_the_management_groups_and_the_root(self, azure: LoopbackAzure) -> None:
        with collected(azure) as estate:
            workspace = estate.store.get(CHURN)
            assert workspace is not None
            grants = estate.neighbours(workspace, "role-assignments")
            scopes = {each.body["properties"]["scope"] for each in grants}  # type: ignore[index]
        assert {"/", f"/providers/Microsoft.Management/managementGroups/{small.GROUP}"} <= scopes

    def test_leaves_out_what_jobs_run(self, certificates: Certificates) -> None:
        job = {
            "id": f"{small.FRAUD}/jobs/train-1",
            "name": "train-1",
            "type": "Microsoft.MachineLearningServices/workspaces/jobs",
            "properties": {
                "jobType": "Sweep",
                "command": "python train.py --key not-a-real-key",
                "trial": {"command": "python try.py --key not-a-real-key", "environmentId": "/e"},
            },
        }
        others = [each for each in small.documents() if kind_of(each) != JOB]
        with serving(certificates, [*others, job]) as azure, collected(azure) as estate:
            (kept,) = estate.store.of_type(JOB)
        assert kept.body["properties"] == {"jobType": "Sweep", "trial": {"environmentId": "/e"}}

    def test_knows_that_no_lifecycle_policy_is_set(self, azure: LoopbackAzure) -> None:
        with collected(azure) as estate:
            account = arm_id.normalise(small.FRAUD_STORAGE)
            assert list(estate.store.under(account, LIFECYCLE)) == []
            assert estate.sight(account, LIFECYCLE) is None


@pytest.mark.parametrize("scanner", SCANNERS, ids=lambda scanner: scanner.name)
def test_every_query_and_read_of_a_scanner_is_made(scanner: Scanner, azure: LoopbackAzure) -> None:
    with collected(azure) as estate:
        of_type = {read.of: [each.id for each in estate.of_type(read.of)] for read in READS}
        of_type[arm_id.MANAGEMENT_GROUP_TYPE] = [
            f"/providers/{arm_id.MANAGEMENT_GROUP_TYPE}/{name}"
            for name in (small.GROUP, small.TENANT)
        ]
    asked = [request.json()["query"] for request in azure.requests if faults.of_graph(request)]
    made = Counter(map(shape, azure.requests))
    for query in scanner.queries:
        assert query.text in asked
    for read in scanner.reads:
        assert of_type[read.of], "the small estate has nothing to make this read for"
        for target in {read.place_of(each) for each in of_type[read.of]}:
            place = (target + read.path).lower()
            kept = read.parameters.get("$filter")
            assert made[read.method, place, read.api_version, kept] == 1


def shape(request: Request) -> tuple[str, str, str, str | None]:
    """Return what identifies a request: method, path, API version and filter."""
    query = request.query
    return request.method, request.place, query["api-version"], query.get("$filter")


THROTTLINGS: Final[dict[str, Mapping[str, str]]] = {
    "Retry-After": {"Retry-After": "1"},
    "no header": {},
    "only the quota header": {"x-ms-user-quota-resets-after": "00:00:05"},
    "only milliseconds": {"retry-after-ms": "20"},
    "an hour": {"Retry-After": "3600"},
    "a date": {"Retry-After": "Wed, 01 Jan 2200 00:00:00 GMT"},
    "nonsense": {"Retry-After": "soon", "x-ms-user-quota-resets-after": "later"},
}


class TestThrottling:
    @pytest.mark.parametrize("headers", cases(THROTTLINGS))
    def test_is_waited_for_and_the_collection_still_whole(
        self, headers: Mapping[str, str], azure: LoopbackAzure
    ) -> None:
        for when in (faults.of_graph, faults.path_ends("/computes")):
            azure.fail(when, faults.throttled(headers), nth=(1, 2))
        began = time.monotonic()
        with collected(azure) as estate:
            assert estate.gaps() == ()
            assert bodies(estate) == expected(small.documents())
            assert estate.store.collection().calls["429"] == 4
        assert time.monotonic() - began < 300  # it does not wait for an hour

    def test_that_never_ends_is_given_up_after_the_retries(self, azure: LoopbackAzure) -> None:
        azure.fail(faults.query_for(STORAGE), faults.throttled({"Retry-After": "1"}))
        with collected(azure) as estate:
            assert_gap(estate, PRODUCTION, STORAGE, Reason.THROTTLED)
            assert estate.store.collection().calls["429"] == 1 + RETRIES


FAULTS: Final[dict[str, tuple[Act, Reason]]] = {
    "401": (faults.error(401, "ExpiredAuthenticationToken"), Reason.FORBIDDEN),
    "401 with a challenge": (
        faults.error(
            401,
            headers={
                "WWW-Authenticate": 'Bearer authorization_uri="https://localhost/t", '
                'error="insufficient_claims", claims="e30="'
            },
        ),
        Reason.FORBIDDEN,
    ),
    "403": (faults.error(403, "AuthorizationFailed"), Reason.FORBIDDEN),
    "404": (faults.error(404, "NotFound"), Reason.API_ERROR),
    "408": (faults.error(408), Reason.TIMEOUT),
    "409": (faults.not_registered("Microsoft.Storage"), Reason.API_ERROR),
    "410": (faults.error(410), Reason.API_ERROR),
    "429": (faults.throttled(), Reason.THROTTLED),
    "500": (faults.error(500), Reason.API_ERROR),
    "502": (faults.html(502), Reason.API_ERROR),
    "503": (faults.html(503), Reason.API_ERROR),
    "504": (faults.error(504, "GatewayTimeout"), Reason.TIMEOUT),
    "202": (faults.instead(json_response({"value": [], "data": []}, 202)), Reason.API_ERROR),
    "204": (faults.instead(Response(204)), Reason.API_ERROR),
    "reset": (faults.RESET, Reason.API_ERROR),
    "silence": (faults.SILENCE, Reason.TIMEOUT),
    "body cut off": (faults.cut_off, Reason.API_ERROR),
    "malformed JSON": (faults.text('{"value": ['), Reason.API_ERROR),
    "a page of a proxy": (faults.html(200), Reason.API_ERROR),
    "no UTF-8": (faults.instead(Response(200, b'{"value": "\xff"}')), Reason.API_ERROR),
    "garbage said to be gzip": (
        faults.text("{}", {"Content-Encoding": "gzip"}),
        Reason.API_ERROR,
    ),
    "a list": (faults.value([]), Reason.API_ERROR),
    "a number": (faults.value(7), Reason.API_ERROR),
    "nothing": (faults.text(""), Reason.API_ERROR),
    "null": (faults.text("null"), Reason.API_ERROR),
    "an empty object": (faults.value({}), Reason.API_ERROR),
    "rows that are no list": (faults.value({"value": {}, "data": {}}), Reason.API_ERROR),
    "rows without an id": (
        faults.value({"value": [{"kind": "x"}], "data": [{"kind": "x"}], "totalRecords": 1}),
        Reason.UNSUPPORTED,
    ),
    "rows with an id that is none": (
        faults.value({"value": [{"id": "x"}], "data": [{"id": "x"}], "totalRecords": 1}),
        Reason.UNSUPPORTED,
    ),
    "rows that are no objects": (
        faults.value({"value": [None], "data": [None], "totalRecords": 1}),
        Reason.UNSUPPORTED,
    ),
    "redirect": (faults.redirect("https://elsewhere.invalid/"), Reason.API_ERROR),
}

PASSING: Final[dict[str, Act]] = {
    "reset": faults.RESET,
    "silence": faults.SILENCE,
    "body cut off": faults.cut_off,
    "408": faults.error(408),
    "500": faults.error(500),
    "502": faults.html(502),
    "503": faults.html(503),
    "504": faults.error(504),
}
"""Transient faults, which are worth a retry."""

GRAPH_FAULTS: Final[dict[str, Act]] = {
    "a page is missing": faults.rows_lost,
    "fewer rows than there are": faults.edited(totalRecords=99),
    "truncated": faults.edited(resultTruncated="true"),
    "truncated, not as a text": faults.edited(resultTruncated=True),
    "the same token for ever": faults.edited(**{"$skipToken": token_of(0)}),
    "a token of somebody else": faults.edited(**{"$skipToken": "bm8="}),
    "a token that is none": faults.edited(**{"$skipToken": {"again": 1}}),
    "a count that is a text": faults.edited(totalRecords="99"),
    "a count that is none": faults.text(json.dumps({"data": [], "totalRecords": None})),
}


ARM_FAULTS: Final[dict[str, Act]] = {
    "the next page is this one": faults.next_link(faults.address_of),
    "the next page is elsewhere": faults.next_link(lambda _: "https://elsewhere.invalid/page"),
    "the next page is a number": faults.next_link(lambda _: 7),
    "the next page is an object": faults.next_link(lambda _: {"href": "/page"}),
    "the next page is no address": faults.next_link(lambda _: "https://[bad"),
    "the next page has braces": faults.next_link(
        lambda each: faults.address_of(each) + "&$skipToken={0}"
    ),
}


@pytest.fixture
def _impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a short timeout only where no answer comes: anywhere else a busy machine needs longer."""
    if request.node.name.endswith("[silence]"):
        monkeypatch.setattr("amlaudit.scanners.transport._READ_SECONDS", 1.5)


@pytest.mark.usefixtures("_impatient")
class TestWhatGoesWrongIsAGap:
    @pytest.mark.parametrize(("act", "reason"), cases(FAULTS))
    def test_in_a_query_and_in_a_list(self, act: Act, reason: Reason, azure: LoopbackAzure) -> None:
        azure.fail(faults.query_for(STORAGE), act)
        azure.fail(faults.path_ends("/mlw-churn/computes"), act)
        with collected(azure) as estate:
            for subscription in (PRODUCTION, LABORATORY):
                assert_gap(estate, subscription, STORAGE, reason)
            assert_gap(estate, CHURN, COMPUTE, reason)
            assert estate.sight(FRAUD, COMPUTE) is None
            assert parts_missing(estate) == {STORAGE, COMPUTE, COMPUTE_PREVIEW}

    @pytest.mark.parametrize("act", cases(GRAPH_FAULTS))
    def test_in_the_pages_of_a_query(self, act: Act, azure: LoopbackAzure) -> None:
        azure.fail(faults.query_for(STORAGE), act)
        with collected(azure) as estate:
            assert_gap(estate, PRODUCTION, STORAGE, Reason.API_ERROR)
            assert parts_missing(estate) == {STORAGE}

    @pytest.mark.parametrize("act", cases(ARM_FAULTS))
    def test_in_the_pages_of_a_list(self, act: Act, azure: LoopbackAzure) -> None:
        azure.fail(faults.path_ends("/mlw-churn/computes"), act)
        with collected(azure) as estate:
            assert_gap(estate, CHURN, COMPUTE, Reason.API_ERROR)
            assert parts_missing(estate) == {COMPUTE, COMPUTE_PREVIEW}

    def test_in_a_later_page_and_the_pages_before_it_stand(
        self, certificates: Certificates
    ) -> None:
        with serving(certificates, small.documents(), page_size=1) as azure:
            computes = faults.path_ends("/mlw-fraud/computes")
            azure.fail(faults.page_after_first(computes), faults.error(500))
            azure.fail(faults.page_after_first(faults.query_for(STORAGE)), faults.error(500))
            with collected(azure) as estate:
                assert_gap(estate, FRAUD, COMPUTE, Reason.API_ERROR)
                assert_gap(estate, PRODUCTION, STORAGE, Reason.API_ERROR)
                assert len(list(estate.store.under(FRAUD, COMPUTE))) == 1
                assert len(list(estate.of_type(STORAGE))) == 1

    def test_in_pages_that_repeat_a_row_and_miss_another(self, certificates: Certificates) -> None:
        def change(body: Any) -> None:
            body["data"][0]["id"] = small.STORAGE

        with serving(certificates, small.documents(), page_size=1) as azure:
            further = faults.page_after_first(faults.query_for(STORAGE))
            azure.fail(further, faults.rewritten(change), nth=(1,))
            with collected(azure) as estate:
                assert len(list(estate.of_type(STORAGE))) == 2
                assert_gap(estate, PRODUCTION, STORAGE, Reason.API_ERROR)

    def test_in_the_proof_of_rights(self, azure: LoopbackAzure) -> None:
        permissions = f"{small.PRODUCTION}/providers/microsoft.authorization/permissions"
        azure.fail(faults.path_ends(permissions), faults.error(500))
        with collected(azure) as estate:
            for action in QUERIED_ACTIONS:
                assert_gap(estate, PRODUCTION, type_read_by(action), Reason.API_ERROR)
                assert estate.sight(LABORATORY, type_read_by(action)) is None

    @pytest.mark.parametrize("act", cases(PASSING))
    def test_only_if_it_lasts(self, act: Act, azure: LoopbackAzure) -> None:
        for when in (faults.query_for(STORAGE), faults.path_ends("/mlw-churn/computes")):
            azure.fail(when, act, nth=(1,))
        with collected(azure) as estate:
            assert estate.gaps() == ()
            assert bodies(estate) == expected(small.documents())


def assert_gap(estate: Estate, scope_id: str, part: str, reason: Reason) -> Gap:
    """Check that a part has a gap with a reason, and return it."""
    gap = estate.sight(scope_id, part)
    assert gap is not None
    assert gap.reason is reason, gap
    return gap


def parts_missing(estate: Estate) -> set[str]:
    """Return all parts with gaps."""
    return {gap.part for gap in estate.gaps()}


class TestWhatThePrincipalMayNotRead:
    @pytest.mark.parametrize("action", QUERIED_ACTIONS)
    def test_in_the_graph_is_a_gap_that_names_the_action(
        self, action: str, azure: LoopbackAzure
    ) -> None:
        part = type_read_by(action)
        azure.principal.hidden_types.add(part)
        with collected(azure) as estate:
            for subscription in (PRODUCTION, LABORATORY):
                gap = assert_gap(estate, subscription, part, Reason.FORBIDDEN)
                assert gap.permission.lower() == action.lower()
            assert part in parts_missing(estate)

    @pytest.mark.parametrize("read", READS, ids=lambda read: f"{read.of}{read.path}")
    def test_in_the_resource_manager_is_a_gap_that_names_the_action(
        self, read: ArmRead, azure: LoopbackAzure
    ) -> None:
        azure.principal.denied.add(read.action)
        with collected(azure) as estate:
            targets = [gap.scope_id for gap in estate.gaps() if gap.part == read.yields]
            assert targets
            for target in targets:
                gap = assert_gap(estate, target, read.yields, Reason.FORBIDDEN)
                assert gap.permission.lower() == read.action.lower()
            same_action = {each.yields for each in READS if each.action == read.action}
            same_action |= {type_read_by(each) for each in QUERIED_ACTIONS if each == read.action}
            assert parts_missing(estate) == same_action

    def test_outside_of_a_resource_group_makes_every_query_a_gap(
        self, azure: LoopbackAzure
    ) -> None:
        nothing = faults.value({"value": []})
        azure.fail(faults.path_ends("/microsoft.authorization/permissions"), nothing)
        with collected(azure) as estate:
            assert {each.id for each in estate.of_type(WORKSPACE)} >= {CHURN, FRAUD}
            for action in QUERIED_ACTIONS:
                assert_gap(estate, PRODUCTION, type_read_by(action), Reason.FORBIDDEN)

    def test_is_a_gap_even_where_there_is_nothing(self, certificates: Certificates) -> None:
        without = [each for each in small.documents() if kind_of(each) != ML_REGISTRY]
        with serving(certificates, without) as azure:
            azure.principal.hidden_types.add(ML_REGISTRY)
            with collected(azure) as estate:
                assert list(estate.of_type(ML_REGISTRY)) == []
                assert_gap(estate, PRODUCTION, ML_REGISTRY, Reason.FORBIDDEN)

    def test_differs_from_what_is_not_there(self, certificates: Certificates) -> None:
        without = [each for each in small.documents() if kind_of(each) != ML_REGISTRY]
        with serving(certificates, without) as azure, collected(azure) as estate:
            assert list(estate.of_type(ML_REGISTRY)) == []
            assert estate.sight(PRODUCTION, ML_REGISTRY) is None
            assert estate.gaps() == ()

    def test_of_two_subscriptions_is_a_gap_in_each_of_its_parts(self, azure: LoopbackAzure) -> None:
        azure.principal.hidden_subscriptions.add(small.LABORATORY)
        both = Scope(subscriptions=(small.PRODUCTION, small.LABORATORY))
        with collected(azure, both) as estate:
            gaps = {gap.part: gap for gap in estate.gaps()}
            assert set(gaps) == {arm_id.SUBSCRIPTION_TYPE, *SUBSCRIPTION_PARTS}
            assert {gap.scope_id for gap in gaps.values()} == {LABORATORY}
            assert {gap.reason for gap in gaps.values()} == {Reason.FORBIDDEN}
            assert {each.id for each in estate.of_type(WORKSPACE)} == {CHURN, FRAUD}
            assert estate.store.collection().reached == (PRODUCTION,)


class TestScopes:
    @pytest.mark.parametrize("named", ["ML Production", "ml production", small.PRODUCTION])
    def test_a_subscription_is_found_by_name_or_id(self, named: str, azure: LoopbackAzure) -> None:
        with collected(azure, Scope(subscriptions=(named,))) as estate:
            assert estate.store.collection().reached == (PRODUCTION,)
            assert {each.id for each in estate.of_type(WORKSPACE)} == {CHURN, FRAUD}
            assert estate.gaps() == ()

    def test_a_management_group_stands_for_its_subscriptions(self, azure: LoopbackAzure) -> None:
        with collected(azure, Scope(management_groups=(small.GROUP,))) as estate:
            assert estate.store.collection().reached == (PRODUCTION, LABORATORY)
            assert estate.gaps() == ()

    def test_a_management_group_that_is_closed_is_a_gap(self, azure: LoopbackAzure) -> None:
        asked = Scope(subscriptions=(small.PRODUCTION,), management_groups=("closed",))
        with collected(azure, asked) as estate:
            group = "/providers/microsoft.management/managementgroups/closed"
            assert {gap.scope_id for gap in estate.gaps()} == {group}
            assert_gap(estate, group, WORKSPACE, Reason.FORBIDDEN)

    def test_an_ambiguous_name_is_refused(self, certificates: Certificates) -> None:
        twins = small.documents()
        for document in twins:
            if "displayName" in document:
                document["displayName"] = "Twin"
        with serving(certificates, twins) as azure:
            error = refused(azure, Scope(subscriptions=("twin",)))
        assert (error.code, error.exit_code) == ("E104", Exit.USAGE)
        assert small.PRODUCTION in error.message
        assert small.LABORATORY in error.message

    def test_an_unknown_name_is_refused_with_a_hint(self, azure: LoopbackAzure) -> None:
        error = refused(azure, Scope(subscriptions=("ML Produktion",)))
        assert (error.code, error.exit_code) == ("E103", Exit.NO_ACCESS)
        assert 'Did you mean "ML Production"?' in error.message

    def test_an_unknown_id_alone_is_refused(self, azure: LoopbackAzure) -> None:
        error = refused(azure, Scope(subscriptions=("99999999-9999-4999-8999-999999999999",)))
        assert (error.code, error.exit_code) == ("E105", Exit.NO_ACCESS)
        assert error.cause.startswith("the principal cannot see ")

    def test_nothing_readable_is_refused(self, azure: LoopbackAzure) -> None:
        azure.principal.hidden_subscriptions |= {small.PRODUCTION, small.LABORATORY}
        for scope in (Scope(), Scope(management_groups=(small.GROUP,))):
            error = refused(azure, scope)
            assert (error.code, error.exit_code) == ("E105", 4)

    @pytest.mark.parametrize(
        "act",
        [faults.error(403, "AuthorizationFailed"), faults.RESET, faults.text("null")],
        ids=["403", "reset", "null"],
    )
    def test_subscriptions_that_cannot_be_listed_are_refused(
        self, act: Act, azure: LoopbackAzure
    ) -> None:
        azure.fail(faults.path_ends("/subscriptions"), act)
        error = refused(azure, Scope())
        assert (error.code, error.exit_code) == ("E109", Exit.NO_ACCESS)

    def test_subscriptions_in_a_shape_of_their_own_are_no_crash(self, azure: LoopbackAzure) -> None:
        row = {"subscriptionId": small.PRODUCTION, "displayName": "ML Production"}
        azure.fail(faults.path_ends("/subscriptions"), faults.value({"value": [row]}))
        with collected(azure) as estate:
            assert estate.store.collection().reached == (PRODUCTION,)

    def test_a_management_group_in_a_shape_of_its_own_is_no_crash(
        self, azure: LoopbackAzure
    ) -> None:
        azure.fail(faults.path_ends("/descendants"), faults.value({"value": [None, {"id": "x"}]}))
        asked = Scope(subscriptions=(small.PRODUCTION,), management_groups=(small.GROUP,))
        with collected(azure, asked) as estate:
            assert {gap.scope_id for gap in estate.gaps()} == {
                f"/providers/microsoft.management/managementgroups/{small.GROUP}"
            }


def refused(azure: LoopbackAzure, scope: Scope) -> AmlauditError:
    """Return the error with which a collection ends."""
    with pytest.raises(AmlauditError) as caught, collected(azure, scope):
        pass
    return caught.value


def test_many_subscriptions_are_asked_about_in_portions(
    azure: LoopbackAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amlaudit.scanners.plan._SUBSCRIPTIONS_A_QUERY", 1)
    with collected(azure) as estate:
        assert bodies(estate) == expected(small.documents())
        assert estate.gaps() == ()
    asked = Counter(
        tuple(each.json()["subscriptions"]) for each in azure.requests if faults.of_graph(each)
    )
    queries = sum(len(scanner.queries) for scanner in SCANNERS)
    assert asked == {(small.PRODUCTION,): queries, (small.LABORATORY,): queries}


class TestNarrowing:
    def test_to_a_workspace_judges_it_and_what_it_refers_to(self, azure: LoopbackAzure) -> None:
        with collected(azure, Scope(workspaces=("mlw-churn",))) as estate:
            assert [each.id for each in estate.of_type(WORKSPACE)] == [CHURN]
            accounts = [each.id for each in estate.of_type(STORAGE)]
            assert accounts == [arm_id.normalise(small.STORAGE)]
            assert estate.gaps() == ()

    def test_to_a_workspace_makes_no_reads_for_the_others(self, azure: LoopbackAzure) -> None:
        with collected(azure, Scope(workspaces=("mlw-churn",))):
            narrowed = azure.paths("GET")
        azure.requests.clear()
        with collected(azure):
            everything = azure.paths("GET")
        assert len(narrowed) < len(everything)
        for other in (small.FRAUD, small.LAB, small.FRAUD_STORAGE, small.LAB_VAULT):
            assert not [path for path in narrowed if path.startswith(other.lower())]
        assert f"{CHURN}/computes" in narrowed

    def test_to_a_resource_group_judges_what_lies_in_it(self, azure: LoopbackAzure) -> None:
        with collected(azure, Scope(resource_groups=("RG-LAB",))) as estate:
            judged = [each.id for each in estate.of_type(WORKSPACE)]
            assert judged == [arm_id.normalise(small.LAB)]


class TestTheSnapshot:
    def test_is_whole_and_opens_again(self, azure: LoopbackAzure, tmp_path: Path) -> None:
        path = tmp_path / "estate.sqlite"
        with collected(azure, snapshot=path) as estate:
            found = bodies(estate)
        assert [each.name for each in tmp_path.iterdir()] == ["estate.sqlite"]
        again = open_snapshot(path, Scope())
        assert bodies(again) == found == expected(small.documents())
        assert again.gaps() == ()
        assert again.store.collection().ended_at is not None
        again.close()

    def test_lists_every_request(self, azure: LoopbackAzure, tmp_path: Path) -> None:
        azure.fail(faults.path_ends("/mlw-churn/computes"), faults.RESET, nth=(1,))
        azure.fail(faults.query_for(STORAGE), faults.throttled(), nth=(1,))
        path = tmp_path / "estate.sqlite"
        with collected(azure, snapshot=path) as estate:
            calls = estate.store.collection().calls
        assert calls["no answer"] == 1
        assert calls["429"] == 1
        assert listed_calls(path) == Counter(
            (each.method, each.path, each.query["api-version"]) for each in azure.requests
        )

    def test_holds_no_secret(self, azure: LoopbackAzure, tmp_path: Path) -> None:
        path = tmp_path / "estate.sqlite"
        with collected(azure, snapshot=path):
            pass
        content = path.read_bytes()
        token = azure.requests[0].headers["authorization"].removeprefix("Bearer ")
        for secret in ("ghp_abcdef", "open sesame", "0e745469-49f8", token):
            assert secret.encode() not in content
        assert b"redacted:" in content

    def test_of_an_interrupted_collection_stays_partial(
        self, azure: LoopbackAzure, tmp_path: Path
    ) -> None:
        def interrupt(event: Event) -> None:
            if isinstance(event, Planned) and event.scanner == "compute":
                raise KeyboardInterrupt

        path = tmp_path / "estate.sqlite"
        with pytest.raises(KeyboardInterrupt), collected(azure, snapshot=path, observer=interrupt):
            pass
        assert not path.exists()
        assert_partial(path)

    def test_of_a_failed_collection_is_closed(self, azure: LoopbackAzure, tmp_path: Path) -> None:
        with pytest.raises(AmlauditError):  # noqa: SIM117 - what was raised is still held
            with collected(azure, Scope(subscriptions=("?",)), snapshot=tmp_path / "estate.sqlite"):
                pass
        # SQLite removes its journal when the last connection is closed.
        assert [each.name for each in tmp_path.iterdir()] == ["estate.sqlite.partial"]

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
    def test_of_a_killed_collection_stays_partial(
        self, azure: LoopbackAzure, tmp_path: Path
    ) -> None:
        azure.fail(faults.path_ends("/mlw-churn/computes"), faults.SILENCE)
        path = tmp_path / "estate.sqlite"
        program = "tests.loopback.collecting"
        command = [sys.executable, "-m", program, azure.endpoint, str(path)]
        root = Path(__file__).parents[2]
        with subprocess.Popen(command, cwd=root) as process:  # noqa: S603 - ourselves
            deadline = time.monotonic() + 120
            while f"{CHURN}/computes" not in azure.paths() and time.monotonic() < deadline:
                time.sleep(0.02)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert not path.exists()
        assert_partial(path)


def listed_calls(path: Path) -> Counter[tuple[str, str, str]]:
    """Return the calls that a snapshot lists."""
    db = sqlite3.connect(path)
    try:
        return Counter(db.execute("SELECT method, path, api_version FROM call"))
    finally:
        db.close()


def assert_partial(path: Path) -> None:
    """Check that a partial collection opens, and claims nothing complete that was not read."""
    estate = open_snapshot(path.with_name(path.name + ".partial"), Scope())
    assert estate.store.collection().ended_at is None
    assert {each.id for each in estate.of_type(WORKSPACE)} >= {CHURN, FRAUD}
    assert_gap(estate, CHURN, COMPUTE, Reason.NOT_COLLECTED)
    missing = {(gap.scope_id, gap.part): gap.reason for gap in estate.gaps()}
    assert missing[CHURN, COMPUTE] is Reason.NOT_COLLECTED
    estate.close()
