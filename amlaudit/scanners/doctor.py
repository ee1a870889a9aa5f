"""What a scan would run into: who signs in, what can be reached, and what is not allowed."""

import os
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from azure.core.credentials import TokenCredential
from msgspec import Struct

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.references import groups_above
from amlaudit.core.relations import MANAGEMENT_GROUP_PARTS
from amlaudit.core.scope import Scope
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.credentials import Principal, sign_in
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.lists import Lists
from amlaudit.scanners.parallel import Agenda, for_each
from amlaudit.scanners.permissions import Permission, permissions
from amlaudit.scanners.plan import batches
from amlaudit.scanners.reach import proxy_for
from amlaudit.scanners.rights import Rights
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.subscriptions import Subscription, chosen
from amlaudit.scanners.tokens import Tokens
from amlaudit.scanners.traffic import Traffic
from amlaudit.scanners.waiting import Headers, Patience, moment, queries_left

_WORST_CLOCK_SECONDS: Final = 300
"""What Microsoft Entra ID forgives."""
PROBE: Final = (
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions'"
    " | project id, type, properties | order by id asc"
)
"""A first question to Resource Graph: which management groups are above the subscriptions."""


class Diagnosis(Struct, frozen=True):
    """What was found.

    Attributes:
        endpoint: The resource manager that was asked.
        principal: Who is signed in.
        subscriptions: Names of the subscriptions that can be reached, by ARM id.
        hidden: What was asked for and cannot be seen, one gap for each scope.
        graph: Why Resource Graph did not answer, empty if it did.
        groups: ARM ids of the management groups above the subscriptions, as far as known.
        missing: What is not allowed in a subscription or management group, by its ARM id.
        unproven: Why it could not be found out what is allowed, by the same ids.
        token_seconds: How long the token is good for; None: nobody says.
        queries_left: Queries that Resource Graph still grants now; None: it does not say.
        clock_seconds: How far this machine's clock goes ahead of Azure's; None: not known.
        proxy: The proxy that requests go through, without what signs in to it; empty for none.
        authorities: File of the certificates that are trusted; empty for those that come with it.
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
        """Tell whether the clock is not so wrong that tokens are refused."""
        return abs(self.clock_seconds or 0) < _WORST_CLOCK_SECONDS


class _Listening(Traffic):
    """Traffic that remembers what answers say of the graph's quota and of the time."""

    queries_left: int | None = None
    clock_seconds: float | None = None

    def answered(self, lane: str, headers: Headers) -> None:
        """Heed an answer, and remember what it says."""
        super().answered(lane, headers)
        if (left := queries_left(headers)) is not None:
            self.queries_left = left
        if shown := moment(headers.get("date", "")):
            self.clock_seconds = (datetime.now(UTC) - shown).total_seconds()


def diagnose(
    scope: Scope, credential: TokenCredential, cloud: Cloud, patience: Patience | None = None
) -> Diagnosis:
    """Sign in, look at what can be reached, and compare what is granted with what is needed.

    Raises:
        AmlauditError: Nobody is signed in, or not one subscription can be read.
    """
    traffic = _Listening()
    tokens = Tokens(credential, cloud.token_scope, scope.tenant)
    principal = sign_in(tokens, cloud, scope.tenant)
    with SnapshotWriter() as writer:
        reader = AzureReader(tokens, cloud, writer.add_call, patience, traffic)
        with closing(reader):
            lists = Lists(reader, writer)
            found = chosen(scope, lists, principal.tenant)
            graph, groups = _asked(reader, found.reached)
            rights = Rights(lists)
            needed = {each.id: permissions() for each in found.reached}
            needed |= dict.fromkeys(groups, _of_groups())
            for_each(Agenda([*needed]), rights.learn, traffic.most_at_once, traffic.stop)
    missing: dict[str, tuple[Permission, ...]] = {}
    unproven: dict[str, str] = {}
    for scope_id, wanted in needed.items():
        try:
            if lacking := tuple(_lacking(rights, scope_id, wanted)):
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


def _asked(
    reader: AzureReader, subscriptions: tuple[Subscription, ...]
) -> tuple[str, tuple[str, ...]]:
    """Return why Resource Graph did not answer a first question, and the groups it names."""
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
    """Return the permissions that are needed on management groups too, each read by itself."""
    parts = {f"{part}/read" for part in MANAGEMENT_GROUP_PARTS}
    return tuple(each for each in permissions() if each.action.lower() in parts)


def _lacking(rights: Rights, scope_id: str, wanted: tuple[Permission, ...]) -> list[Permission]:
    """Return the permissions of some that the principal lacks in a scope.

    Raises:
        ReadError: It could not be found out.
    """
    lacking: list[Permission] = []
    for each in wanted:
        try:
            rights.prove(scope_id, each.action)
        except ReadError as error:
            if error.reason is not Reason.FORBIDDEN or error.permission != each.action:
                raise
            lacking.append(each)
    return lacking
