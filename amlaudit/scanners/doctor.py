"""What would hinder a scan: sign-in, unreachable services, and missing permissions."""

import os
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from azure.core.credentials import TokenCredential
from msgspec import Struct

from amlaudit.core.coverage import MANAGEMENT_GROUP_PARTS
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.references import groups_above
from amlaudit.core.scope import Scope
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.credentials import Principal, sign_in
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.lists import Lists
from amlaudit.scanners.parallel import WorkQueue, for_each
from amlaudit.scanners.permissions import Permission, permissions
from amlaudit.scanners.plan import batches
from amlaudit.scanners.reach import proxy_for
from amlaudit.scanners.rights import Rights
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.subscriptions import Subscription, chosen
from amlaudit.scanners.tokens import Tokens
from amlaudit.scanners.traffic import Traffic
from amlaudit.scanners.waiting import Headers, Patience, http_date, queries_left

_WORST_CLOCK_SECONDS: Final = 300
"""The clock skew that Microsoft Entra ID tolerates."""
PROBE: Final = (
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions'"
    " | project id, type, properties | order by id asc"
)
"""A first Resource Graph query: the management groups above the subscriptions."""


class Diagnosis(Struct, frozen=True):
    """The findings of a diagnosis.

    Attributes:
        endpoint: The resource manager queried.
        principal: Who is signed in.
        subscriptions: Names of the subscriptions that can be reached, by ARM id.
        hidden: What was requested but is not visible, one gap for each scope.
        graph: Why Resource Graph did not answer, empty if it did.
        groups: ARM ids of the management groups above the subscriptions, as far as known.
        missing: Missing permissions in a subscription or management group, by its ARM id.
        unproven: Why the permissions could not be determined, by the same ids.
        token_seconds: Remaining validity of the token; None: unknown.
        queries_left: Queries that Resource Graph still allows now; None: it does not say.
        clock_seconds: How far this machine's clock is ahead of Azure's; None: unknown.
        proxy: The proxy that requests go through, without its credentials; empty if none.
        authorities: File of the trusted certificates; empty if the bundled ones are used.
    """

    endpoint: str
    principal: Principal
    subscriptions: Mapping[str, str]
    hidden: tuple[Gap, ...]
    graph: str
    missing: Mapping[str, tuple[Permission, ...]]
    unproven: Mapping[str, str]
    groups: tuple[str, ...] = ()
    token_seconds: float | None = None
    queries_left: int | None = None
    clock_seconds: float | None = None
    proxy: str = ""
    authorities: str = ""

    @property
    def is_well(self) -> bool:
        """Tell whether a scan would see everything."""
        found = self.hidden or self.graph or self.missing or self.unproven
        return not found and self.has_good_clock

    @property
    def has_good_clock(self) -> bool:
        """Tell whether the clock is accurate enough for tokens to be accepted."""
        return abs(self.clock_seconds or 0) < _WORST_CLOCK_SECONDS


class _Listening(Traffic):
    """Traffic that remembers what answers say about the graph's quota and about the time."""

    queries_left: int | None = None
    clock_seconds: float | None = None

    def answered(self, lane: str, headers: Headers) -> None:
        """Take an answer into account, and remember what it says."""
        super().answered(lane, headers)
        if (left := queries_left(headers)) is not None:
            self.queries_left = left
        if shown := http_date(headers.get("date", "")):
            self.clock_seconds = (datetime.now(UTC) - shown).total_seconds()


def diagnose(
    scope: Scope, credential: TokenCredential, cloud: Cloud, patience: Patience | None = None
) -> Diagnosis:
    """Sign in, check what can be reached, and compare granted with required permissions.

    Raises:
        AmlauditError: Nobody is signed in, or no subscription can be read.
    """
    traffic = _Listening()
    tokens = Tokens(credential, cloud.token_scope, scope.tenant)
    principal = sign_in(tokens, cloud, scope.tenant)
    with SnapshotWriter() as writer:
        reader = AzureReader(tokens, cloud, writer.add_call, patience, traffic)
        with closing(reader):
            lists = Lists(reader, writer)
            found = chosen(scope, lists, principal.tenant)
            graph, groups = _ask_graph(reader, found.reached)
            rights = Rights(lists)
            needed = {each.id: permissions() for each in found.reached}
            needed |= dict.fromkeys(groups, _of_groups())
            for_each(WorkQueue([*needed]), rights.learn, traffic.most_at_once, traffic.stop)
    missing: dict[str, tuple[Permission, ...]] = {}
    unproven: dict[str, str] = {}
    for scope_id, required in needed.items():
        try:
            if lacking := tuple(_lacking(rights, scope_id, required)):
                missing[scope_id] = lacking
        except ReadError as error:
            unproven[scope_id] = error.detail
    return Diagnosis(
        endpoint=cloud.endpoint,
        principal=principal,
        subscriptions={each.id: each.name for each in found.reached},
        hidden=tuple({gap.scope_id: gap for gap in found.missing}.values()),
        graph=graph,
        groups=groups,
        missing=missing,
        unproven=unproven,
        token_seconds=tokens.seconds_left(),
        queries_left=traffic.queries_left,
        clock_seconds=traffic.clock_seconds,
        proxy=proxy_for(cloud.endpoint),
        authorities=os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE", ""),
    )


def _ask_graph(
    reader: AzureReader, subscriptions: tuple[Subscription, ...]
) -> tuple[str, tuple[str, ...]]:
    """Return why Resource Graph did not answer a first query, and the groups that it names."""
    groups: set[str] = set()
    try:
        for batch in batches([each.key for each in subscriptions]):
            for answer in reader.graph(PROBE, batch):
                rows = (row for row in answer.rows if isinstance(row, Mapping))
                groups.update(group for row in rows for group in groups_above(row) or ())
    except ReadError as error:
        return error.detail, ()
    return "", tuple(sorted(groups))


def _of_groups() -> tuple[Permission, ...]:
    """Return the permissions also needed on management groups, each of which is read separately."""
    parts = {f"{part}/read" for part in MANAGEMENT_GROUP_PARTS}
    return tuple(each for each in permissions() if each.action.lower() in parts)


def _lacking(rights: Rights, scope_id: str, required: tuple[Permission, ...]) -> list[Permission]:
    """Return the given permissions that the principal lacks in a scope.

    Raises:
        ReadError: They could not be determined.
    """
    lacking: list[Permission] = []
    for each in required:
        try:
            rights.prove(scope_id, each.action)
        except ReadError as error:
            if error.reason is not Reason.FORBIDDEN or error.permission != each.action:
                raise
            lacking.append(each)
    return lacking
