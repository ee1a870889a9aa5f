"""Live Azure as a source: every scanner's reads, joined into one snapshot.

The graph is asked first, for all subscriptions at once; then Azure Resource Manager, for what the
graph does not hold. Nothing that goes wrong ends the collection: it becomes a gap where it is
missing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from azure.core.credentials import TokenCredential

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE, normalise, type_of
from amlaudit.core.collection import Collection
from amlaudit.core.estate import Estate, links_of
from amlaudit.core.gap import Reason
from amlaudit.core.resource import Document, Origin
from amlaudit.core.scope import Scope
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.azure import Answer, AzureReader, Patience
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.credentials import sign_in
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.rights import Rights
from amlaudit.scanners.scanner import ArmRead, GraphQuery, type_read_by
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.subscriptions import SUBSCRIPTIONS_API, Subscription, chosen

_AT_ONCE: Final = 8
"""Requests under way at once: well under Azure's 25 reads a second and subscription."""
_SUBSCRIPTIONS_A_QUERY: Final = 200
"""Azure advises fewer than 300, see
https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests."""

_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class LiveAzure:
    """Azure, read in the name of a principal; see `amlaudit.pipeline.Source`.

    Attributes:
        credential: The principal's.
        cloud: Which cloud.
        snapshot: Where the snapshot is to lie; None: it goes away with the process.
        patience: How long a failing read is tried.
        progress: Told what is being read, one line at a time.
    """

    credential: TokenCredential
    cloud: Cloud
    snapshot: Path | None = None
    patience: Patience = field(default_factory=Patience)
    progress: Callable[[str], None] = lambda _: None

    def collect(self, scope: Scope) -> Estate:
        """Read a scope into a snapshot.

        Raises:
            AmlauditError: Nobody is signed in, or not one subscription can be read.
        """
        principal = sign_in(self.credential, self.cloud)
        writer = SnapshotWriter(self.snapshot)
        reader = AzureReader(self.credential, self.cloud, writer.add_call, self.patience)
        begun = Collection(
            scope=scope,
            sources=(self.cloud.endpoint,),
            principal=principal.name,
            tenant=principal.tenant,
            started_at=datetime.now(UTC),
        )
        try:
            writer.begin(begun)
            found = chosen(scope, reader)
            reached = replace(begun, reached=tuple(each.id for each in found.reached))
            writer.begin(reached)
            for gap in found.missing:
                writer.add_gap(gap)
            _Run(reader, writer, scope, found.reached, self.progress).collect()
            return writer.finish(replace(reached, ended_at=datetime.now(UTC)))
        except BaseException:
            writer.close()
            raise
        finally:
            reader.close()


class _Run:
    """One collection under way."""

    def __init__(
        self,
        reader: AzureReader,
        writer: SnapshotWriter,
        scope: Scope,
        subscriptions: tuple[Subscription, ...],
        progress: Callable[[str], None],
    ) -> None:
        """Read into a snapshot what is asked for of some subscriptions."""
        self._reader = reader
        self._writer = writer
        self._scope = scope
        self._subscriptions = subscriptions
        self._progress = progress
        self._rights = Rights(reader)
        self._found: defaultdict[str, set[str]] = defaultdict(set)
        self._linked: set[str] = set()

    def collect(self) -> None:
        """Make every read of every scanner."""
        scanners = all_scanners()
        for each in self._subscriptions:
            self._keep([each.document], each.answer, SUBSCRIPTIONS_API)
        for scanner in scanners:
            for query in scanner.queries:
                self._progress(f"{scanner.name}: asking Resource Graph")
                self._ask_graph(query)
        reads = [read for scanner in scanners for read in scanner.reads]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            # What is read of a subscription finds resources that more is read of.
            for of_subscription in (True, False):
                work = [
                    (read, target)
                    for read in reads
                    if (read.of == SUBSCRIPTION_TYPE) is of_subscription
                    for target in self._targets(read)
                ]
                self._progress(f"Azure Resource Manager: {len(work)} requests")
                # list(): what a thread raises must be raised here
                list(pool.map(lambda each: self._read(*each), work))

    def _targets(self, read: ArmRead) -> list[str]:
        """Return the ids of the resources that a read is made for."""
        if read.of == SUBSCRIPTION_TYPE:
            return [each.id for each in self._subscriptions]
        wanted = self._found[read.of]
        if self._scope.narrows:
            wanted = {each for each in wanted if self._scope.holds(each)} | (wanted & self._linked)
        return sorted(wanted)

    def _ask_graph(self, query: GraphQuery) -> None:
        """Make one graph query, and vouch for what it returned where the right is proven."""
        for batch in _batches(self._subscriptions):
            try:
                for answer in self._reader.graph(query.text, [each.key for each in batch]):
                    self._keep_rows(answer, query.api_version)
            except ReadError as error:
                self._miss_all(query, batch, error)
            else:
                self._vouch(query, batch)

    def _keep_rows(self, answer: Answer, api_version: str) -> None:
        """Keep the rows of a page of the graph; most say which API version shaped them."""
        for row in _objects(answer.body["data"]):
            document = {key: value for key, value in row.items() if key != "apiVersion"}
            self._keep([document], answer, str(row.get("apiVersion") or api_version))

    def _miss_all(self, query: GraphQuery, batch: Sequence[Subscription], error: ReadError) -> None:
        """Note that what a query asks for is not known."""
        for each in batch:
            for action in query.actions:
                self._writer.add_gap(error.gap(each.id, type_read_by(action), action))

    def _vouch(self, query: GraphQuery, batch: Sequence[Subscription]) -> None:
        """Note for each type of a query whether the principal could see all of it."""
        for each in batch:
            for action in query.actions:
                part = type_read_by(action)
                try:
                    self._rights.prove(each.id, action)
                except ReadError as error:
                    self._writer.add_gap(error.gap(each.id, part, action))
                else:
                    self._writer.add_seen(each.id, part)

    def _read(self, read: ArmRead, target: str) -> None:
        """Make one read for one resource, and note whether all of it came."""
        try:
            for answer in self._answers(read, target):
                rows = [answer.body] if read.single else answer.body["value"]
                documents = [
                    _identified(read.document(row), target + read.path) for row in _objects(rows)
                ]
                self._keep(documents, answer, read.api_version)
        except ReadError as error:
            if not (read.empty_on_404 and error.status == _NOT_FOUND):
                self._writer.add_gap(error.gap(target, read.yields, read.action))
                return
        self._writer.add_seen(target, read.yields)

    def _answers(self, read: ArmRead, target: str) -> Iterator[Answer]:
        """Yield the answers of a read."""
        path = target + read.path
        if read.single:
            yield self._reader.get(path, read.api_version)
        else:
            yield from self._reader.pages(
                path, read.api_version, method=read.method, parameters=read.parameters
            )

    def _keep(self, documents: Iterable[Document], answer: Answer, api_version: str) -> None:
        """Keep the resources of documents that an answer gave."""
        origin = Origin("", api_version, answer.at)
        found = [tuple(resources_of(document, origin)) for document in documents]
        resources = [each for several in found for each in several]
        self._writer.add_resources(resources, answer.call)
        for resource in resources:
            self._found[resource.type].add(resource.id)
            if self._scope.holds(resource.id):
                self._linked.update(target for _, target in links_of(resource))
        if unreadable := found.count(()):
            detail = f"{unreadable} of {len(found)} documents have no id that can be read"
            raise ReadError(Reason.UNSUPPORTED, detail)


def _identified(document: Document, collection: str) -> Document:
    """Return a document with its ARM id; outbound rules, for one, are listed with a null id."""
    written, name = document.get("id"), document.get("name")
    if isinstance(written, str) and type_of(normalise(written)):
        return document
    return {**document, "id": f"{collection}/{name}"} if isinstance(name, str) else document


def _objects(rows: Iterable[object]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of an answer, or raise ReadError at one that is no object."""
    for row in rows:
        if not isinstance(row, Mapping):
            raise ReadError(Reason.UNSUPPORTED, "a row of the answer is no object")
        yield row


def _batches(subscriptions: Sequence[Subscription]) -> Iterator[Sequence[Subscription]]:
    """Yield the subscriptions in portions that one query takes."""
    for start in range(0, len(subscriptions), _SUBSCRIPTIONS_A_QUERY):
        yield subscriptions[start : start + _SUBSCRIPTIONS_A_QUERY]
