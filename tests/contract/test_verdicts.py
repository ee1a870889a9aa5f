"""The promise of the product: what could not be read is unknown, and never a pass.

Something is removed from what Azure serves, in every area in turn, and the shipped rules judge
what is left. Each verdict must be the one before, or unknown for the right reason.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from random import Random
from typing import Any, Final

import pytest

from amlaudit.core import arm_id
from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.gap import Reason
from amlaudit.core.relations import COMPUTE, POLICY_STATE, QUOTA, RELATIONS, STORAGE, WORKSPACE
from amlaudit.core.report import Finding, Report
from amlaudit.core.resource import Document
from amlaudit.core.verdict import Status, Verdict
from amlaudit.demo.source import documents as embedded
from amlaudit.pipeline import Policy
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner, type_read_by
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates, trusting
from tests.loopback.judging import assert_no_new_pass, verdicts_of
from tests.loopback.reading import audited

SCANNERS: Final = all_scanners()


def named_after(scanner: Scanner, what: str) -> str:
    """Return the name of a case: its area, and what is removed."""
    return f"{scanner.name}: {what}"


ACTIONS: Final = {
    named_after(scanner, action): action
    for scanner in SCANNERS
    for query in scanner.queries
    for action in query.actions
}
QUERIES: Final = {
    named_after(scanner, query.file): query for scanner in SCANNERS for query in scanner.queries
}
READS: Final = {
    named_after(scanner, f"{arm_id.name_of(read.of)}{read.path}"): read
    for scanner in SCANNERS
    for read in scanner.reads
}
LISTS: Final = {name: read for name, read in READS.items() if not read.single}
PARTS: Final = {
    **{
        scanner.name: frozenset(
            {type_read_by(action) for query in scanner.queries for action in query.actions}
            | {read.yields for read in scanner.reads}
        )
        - {WORKSPACE, POLICY_STATE, QUOTA}  # rows of the last two consist of properties only
        for scanner in SCANNERS
    },
    "workspaces alone": frozenset({WORKSPACE}),
}
"""The types of each area."""


IS_FULL: Final = os.environ.get("AMLAUDIT_TESTS") == "full"
_SAMPLE: Final = 20
"""Cases of each kind that are tried unless all are requested; always the same ones."""


def cases(known: Mapping[str, object]) -> list[object]:
    """Return cases as parameters, by name: all of them, or a sample."""
    names = list(known)
    if not IS_FULL and len(names) > _SAMPLE:
        names = sorted(Random(1).sample(names, _SAMPLE))  # noqa: S311 - seeded on purpose
    return [pytest.param(known[name], id=name) for name in names]


@pytest.fixture(scope="module")
def before(certificates: Certificates, policy: Policy) -> Report:
    """Judge the embedded estate with nothing removed."""
    with trusting(certificates), serving(certificates) as azure:
        return audited(azure, policy)


@pytest.fixture(scope="module")
def small_before(certificates: Certificates, policy: Policy) -> Report:
    """Judge the small estate with nothing removed."""
    with trusting(certificates), serving(certificates, small.documents()) as azure:
        return audited(azure, policy)


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve the embedded estate."""
    with serving(certificates) as served:
        yield served


def serving(
    certificates: Certificates, documents: Sequence[Document] | None = None, page_size: int = 1000
) -> LoopbackAzure:
    """Return an Azure with the embedded estate, or with what is left of it."""
    return LoopbackAzure(certificates, documents, page_size=page_size)


class TestOnePermissionLess:
    @pytest.mark.parametrize("action", cases(ACTIONS))
    def test_for_the_graph(
        self, action: str, before: Report, policy: Policy, azure: LoopbackAzure
    ) -> None:
        part = type_read_by(action)
        azure.principal.hidden_types.add(part)
        after = audited(azure, policy)
        assert_only_unknown_more(before, after, Reason.FORBIDDEN, action)
        assert_blind(after, part, Reason.FORBIDDEN, action)
        if part != arm_id.SUBSCRIPTION_TYPE:  # the list of subscriptions also shows their tags
            assert_felt(before, after, part)

    @pytest.mark.parametrize("read", cases(READS))
    def test_for_the_resource_manager(
        self, read: ArmRead, before: Report, policy: Policy, azure: LoopbackAzure
    ) -> None:
        azure.principal.denied.add(read.action)
        after = audited(azure, policy)
        assert_only_unknown_more(before, after, Reason.FORBIDDEN, read.action)
        assert_blind(after, read.yields, Reason.FORBIDDEN, read.action)
        assert_felt(before, after, read.yields)


class TestOnePageLess:
    @pytest.mark.parametrize("query", cases(QUERIES))
    def test_of_a_query(
        self, query: GraphQuery, small_before: Report, policy: Policy, certificates: Certificates
    ) -> None:
        parts = [type_read_by(action) for action in query.actions]
        with serving(certificates, small.documents(), page_size=1) as azure:
            fault = azure.fail(faults.query_for(parts[0]), faults.last_page_empty)
            after = audited(azure, policy)
        assert fault.matched
        assert_only_unknown_more(small_before, after, Reason.API_ERROR)
        for part in parts:
            assert_blind(after, part, Reason.API_ERROR)

    @pytest.mark.parametrize("read", cases(LISTS))
    def test_of_a_list(
        self, read: ArmRead, small_before: Report, policy: Policy, certificates: Certificates
    ) -> None:
        with serving(certificates, small.documents(), page_size=1) as azure:
            fault = azure.fail(faults.path_ends(read.path), faults.last_page_failing)
            after = audited(azure, policy)
        assert fault.matched
        assert_only_unknown_more(small_before, after, Reason.API_ERROR)
        assert_blind(after, read.yields, Reason.API_ERROR)


class TestOnePropertyLess:
    @pytest.mark.parametrize("parts", cases(PARTS))
    def test_and_it_is_all_properties_of_the_resources_of_an_area(
        self, parts: frozenset[str], before: Report, policy: Policy, certificates: Certificates
    ) -> None:
        with serving(certificates, without(parts, "properties")) as azure:
            after = audited(azure, policy)
        assert_only_unknown_more(before, after, Reason.NOT_COLLECTED)

    @pytest.mark.parametrize("name", ["timestamp", "complianceState", "policyDefinitionId"])
    def test_and_it_is_one_of_a_policy_state(
        self, name: str, before: Report, policy: Policy, certificates: Certificates
    ) -> None:
        with serving(certificates, without({POLICY_STATE}, "properties", name)) as azure:
            after = audited(azure, policy)
        assert_no_new_pass(before, after)

    def test_and_a_compute_is_only_listed(
        self, before: Report, policy: Policy, certificates: Certificates
    ) -> None:
        with serving(certificates, without({COMPUTE}, "properties", "properties")) as azure:
            after = audited(azure, policy)
        assert_only_unknown_more(before, after, Reason.NOT_COLLECTED)

    def test_and_the_management_groups_have_no_name(
        self, before: Report, policy: Policy, azure: LoopbackAzure
    ) -> None:
        def change(body: Any) -> None:
            for row in body["data"]:
                for group in row["properties"].get("managementGroupAncestorsChain", ()):
                    del group["name"]

        azure.fail(faults.query_for(SUBSCRIPTION_TYPE), faults.rewritten(change))
        after = audited(azure, policy)
        assert_only_unknown_more(before, after, Reason.NOT_COLLECTED)

    def test_that_an_older_api_version_did_not_show_yet(
        self, before: Report, policy: Policy, certificates: Certificates
    ) -> None:
        """Rows of Resource Graph have the shape that their provider gave them, new or old."""
        left = without({STORAGE}, "properties", "supportsHttpsTrafficOnly")
        with LoopbackAzure(certificates, left, graph_api_version="2018-11-01") as azure:
            after = audited(azure, policy)
        assert_no_new_pass(before, after)
        judged = [
            each.verdict.reason
            for each in after.findings
            if each.rule.id == "AML1508" and each.verdict.status is not Status.NOT_APPLICABLE
        ]
        assert set(judged) == {Reason.STALE}


class TestAStaticWebsite:
    """Its container stays when it is disabled; only newer API versions show whether it is."""

    def judged(
        self, policy: Policy, certificates: Certificates, website: object, offered: str = ""
    ) -> Verdict:
        """Return the verdict on an account with such a container.

        Args:
            policy: The rules.
            certificates: Those of the server.
            website: What the blob service says of it, None for nothing.
            offered: The newest API version of storage that the cloud offers, empty for any.
        """
        documents = [deepcopy(dict(each)) for each in small.documents()]
        service = f"{small.STORAGE}/blobServices/default"
        (blobs,) = (each for each in documents if each["id"] == service)
        if website is not None:
            blobs["properties"]["staticWebsite"] = website
        (raw,) = (each for each in documents if each["id"] == f"{service}/containers/raw")
        web = {**raw, "id": f"{service}/containers/$web", "name": "$web"}
        with serving(certificates, [*documents, web]) as azure:
            if offered:
                azure.fail(
                    lambda request: (
                        request.place.endswith("/blobservices/default")
                        and request.query["api-version"] > offered
                    ),
                    faults.error(
                        400,
                        "NoRegisteredProviderFound",
                        f"The supported api-versions are '{offered}'.",
                    ),
                )
            found = verdicts_of(audited(azure, policy))
        return found["AML1506", arm_id.normalise(small.STORAGE)]

    @pytest.mark.parametrize(
        ("website", "status"),
        [
            ({"enabled": True, "indexDocument": "index.html"}, Status.FAIL),
            ({"enabled": False}, Status.PASS),
            (None, Status.PASS),
        ],
    )
    def test_is_known(
        self, website: object, status: Status, policy: Policy, certificates: Certificates
    ) -> None:
        assert self.judged(policy, certificates, website).status is status

    def test_is_unknown_where_a_cloud_offers_no_version_that_shows_it(
        self, policy: Policy, certificates: Certificates
    ) -> None:
        verdict = self.judged(policy, certificates, None, offered="2025-06-01")
        assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.STALE)


def without(types: Collection[str], *path: str | int) -> list[Document]:
    """Return the embedded estate with the value at a path removed from documents of some types."""
    found: list[Document] = []
    for _, documents in embedded():
        for document in documents:
            left: Any = deepcopy(document)
            if arm_id.type_of(arm_id.normalise(str(document["id"]))) in types:
                _drop(left, path)
            found.append(left)
    return found


def _drop(value: Any, path: Sequence[str | int]) -> None:
    """Remove the value at a path of a JSON value."""
    for step in path[:-1]:
        value = value[step]
    value.pop(path[-1], None)


def assert_only_unknown_more(
    before: Report, after: Report, reason: Reason, permission: str = ""
) -> None:
    """Check that each verdict is the one before, or unknown with a reason."""
    assert_no_new_pass(before, after)
    old = verdicts_of(before)
    for key, verdict in verdicts_of(after).items():
        if key in old and verdict.status is old[key].status:
            continue
        assert verdict.status is Status.UNKNOWN, (key, old.get(key), verdict)
        assert verdict.reason is reason, (key, verdict)
        assert verdict.permission.lower() == permission.lower(), (key, verdict)


def assert_blind(report: Report, part: str, reason: Reason, permission: str = "") -> None:
    """Check that a part is a gap, and that each rule for its types says so."""
    gaps = [gap for gap in report.gaps if gap.part == part and gap.reason is reason]
    assert gaps
    assert {gap.permission.lower() for gap in gaps} == {permission.lower()}
    found = verdicts_of(report)
    for rule in report.rules:
        if rule.applies_to == part or rule.applies_to.startswith(part + "/"):
            for gap in gaps:
                verdict = found[rule.id, gap.scope_id]
                assert (verdict.status, verdict.reason) == (Status.UNKNOWN, reason)


def assert_felt(before: Report, after: Report, part: str) -> None:
    """Check that the loss of a part is noticed, if any rule for another type looked at it."""
    new = verdicts_of(after)
    looked = [
        finding
        for finding in before.findings
        if finding.verdict.status is Status.PASS
        and not finding.resource.type.startswith(part)
        and _looked_at(finding, part)
    ]
    felt = [each for each in looked if (each.rule.id, each.resource.id) in new]
    unknown = [
        each for each in felt if new[each.rule.id, each.resource.id].status is Status.UNKNOWN
    ]
    assert unknown or not felt


def _looked_at(finding: Finding, part: str) -> bool:
    """Tell whether a verdict depends on resources of a type, or on there being none."""
    return any(
        arm_id.type_of(each.resource_id) == part
        or (
            each.path.startswith("-> ")
            and RELATIONS[each.path.removeprefix("-> ").split(" ")[0]].target == part
        )
        for each in finding.evidence
    )
