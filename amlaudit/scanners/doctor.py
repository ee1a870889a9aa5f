"""What a scan would run into: who signs in, what can be reached, and what is not allowed."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from azure.core.credentials import TokenCredential

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.scope import Scope
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.credentials import Principal, sign_in
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.lists import Lists
from amlaudit.scanners.parallel import Agenda, for_each
from amlaudit.scanners.permissions import Permission, permissions
from amlaudit.scanners.rights import Rights
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.subscriptions import Subscription, chosen
from amlaudit.scanners.tokens import Tokens
from amlaudit.scanners.traffic import Traffic
from amlaudit.scanners.waiting import Patience

PROBE: Final = "resourcecontainers | project id | order by id asc"
"""A first question to Resource Graph."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found.

    Attributes:
        endpoint: The resource manager that was asked.
        principal: Who is signed in.
        subscriptions: Names of the subscriptions that can be reached, by ARM id.
        hidden: What was asked for and cannot be seen, one gap for each scope.
        graph: Why Resource Graph did not answer, empty if it did.
        missing: What is not allowed in a subscription, by its ARM id.
        unproven: Why it could not be found out what is allowed, by ARM id of the subscription.
    """

    endpoint: str
    principal: Principal
    subscriptions: Mapping[str, str]
    hidden: tuple[Gap, ...]
    graph: str
    missing: Mapping[str, tuple[Permission, ...]]
    unproven: Mapping[str, str]

    @property
    def is_well(self) -> bool:
        """Tell whether a scan would see everything."""
        return not (self.hidden or self.graph or self.missing or self.unproven)


def diagnose(
    scope: Scope, credential: TokenCredential, cloud: Cloud, patience: Patience | None = None
) -> Diagnosis:
    """Sign in, look at what can be reached, and compare what is granted with what is needed.

    Raises:
        AmlauditError: Nobody is signed in, or not one subscription can be read.
    """
    traffic = Traffic()
    tokens = Tokens(credential, cloud.token_scope, scope.tenant)
    principal = sign_in(tokens, cloud, scope.tenant)
    with SnapshotWriter() as writer:
        reader = AzureReader(tokens, cloud, writer.add_call, patience, traffic)
        with closing(reader):
            lists = Lists(reader, writer)
            found = chosen(scope, lists, principal.tenant)
            graph = _asked(reader, found.reached)
            rights = Rights(lists)
            ids = [each.id for each in found.reached]
            for_each(Agenda(ids), rights.learn, traffic.most_at_once, traffic.stop)
    missing: dict[str, tuple[Permission, ...]] = {}
    unproven: dict[str, str] = {}
    for subscription in ids:
        try:
            if lacking := tuple(_lacking(rights, subscription)):
                missing[subscription] = lacking
        except ReadError as error:
            unproven[subscription] = error.detail
    return Diagnosis(
        endpoint=cloud.endpoint,
        principal=principal,
        subscriptions={each.id: each.name for each in found.reached},
        hidden=tuple({gap.scope_id: gap for gap in found.missing}.values()),
        graph=graph,
        missing=missing,
        unproven=unproven,
    )


def _asked(reader: AzureReader, subscriptions: tuple[Subscription, ...]) -> str:
    """Return why Resource Graph did not answer a first question, empty if it did."""
    try:
        next(reader.graph(PROBE, [each.key for each in subscriptions[:1]]))
    except ReadError as error:
        return error.detail
    return ""


def _lacking(rights: Rights, subscription: str) -> list[Permission]:
    """Return the permissions that the principal lacks in a subscription.

    Raises:
        ReadError: It could not be found out.
    """
    lacking: list[Permission] = []
    for each in permissions():
        try:
            rights.prove(subscription, each.action)
        except ReadError as error:
            if error.reason is not Reason.FORBIDDEN or error.permission != each.action:
                raise
            lacking.append(each)
    return lacking
