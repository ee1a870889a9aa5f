"""A running collection: the reads of every scanner, each committed together with its results."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE, normalise, subscription_of, type_of
from amlaudit.core.gap import Reason
from amlaudit.core.resource import Document, Origin, Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.answer import Answer, from_step
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.events import Closed, Planned, Read
from amlaudit.scanners.faults import CutError, ReadError
from amlaudit.scanners.journal import Step
from amlaudit.scanners.parallel import Item, WorkQueue, for_each
from amlaudit.scanners.plan import Next, Plan, Query, Request, Work
from amlaudit.scanners.rights import Rights
from amlaudit.scanners.scanner import ArmRead, Scanner, type_read_by
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.traffic import GRAPH, Traffic, lane_of

_NOT_FOUND: Final = 404
_UNREGISTERED: Final = "MissingSubscriptionRegistration"
"""A subscription that does not use a provider has no resources of it: a provider cannot be
unregistered while any exist.

https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types
"""
_MOST_QUERIES: Final = 8
"""Maximum number of concurrent graph queries: enough to use up the graph's quota at two seconds an
answer."""
_RIGHTS: Final = "rights"
"""The area under which permission checks are reported."""


class Sight(NamedTuple):
    """A part of a scope that a read covers.

    Attributes:
        scope: ARM id of the scope.
        part: ARM type that it shows.
        action: The permission that the principal needs.
        error: Why the read did not show all of it, None if it did.
    """

    scope: str
    part: str
    action: str
    error: ReadError | None = None


class Run:
    """Makes all reads of all scanners that the snapshot does not hold yet, many concurrently.

    A Resource Manager document takes precedence over a graph document, whichever comes first.
    """

    def __init__(
        self,
        reader: AzureReader,
        writer: SnapshotWriter,
        rights: Rights,
        traffic: Traffic,
        scanners: Sequence[Scanner],
    ) -> None:
        """Read into a snapshot."""
        self._scanners = scanners
        self._reader = reader
        self._writer = writer
        self._rights = rights
        self._traffic = traffic
        self._report = traffic.report
        reads = [read for scanner in scanners for read in scanner.reads]
        self._yielded = {read.yields for read in reads}
        self._reads_of: defaultdict[tuple[str, str], list[ArmRead]] = defaultdict(list)
        for read in reads:
            self._reads_of[read.of, read.yields].append(read)

    def collect(self, scope: Scope, subscriptions: Sequence[str]) -> None:
        """Read the scope in some subscriptions, given by their ids."""
        self._report(Planned(_RIGHTS, len(subscriptions)))
        self._each(WorkQueue(subscriptions, lane_of, self._traffic.wait), self._learn)
        plan = Plan(self._scanners, scope, subscriptions, self._writer)
        lanes = {GRAPH: self._queries_at_once}
        queue = WorkQueue[Work]((), lambda each: each.lane, self._traffic.wait, lanes)

        def make(work: Work) -> None:
            if isinstance(work, Query):
                self._ask_graph(work)
            else:
                self._read(work)
            follow(plan.after(work))

        def follow(following: Next) -> None:
            self._add(following.requests, queue)
            for each in following.closed:
                self._close(each)

        self._add(plan.begin(), queue)
        self._each(queue, make)
        follow(plan.rest())
        self._each(queue, make)

    def _queries_at_once(self) -> int:
        """Return how many graph queries may be in progress: Resource Manager gets the other half.

        Requests that the graph is slow to answer would otherwise take up every slot.
        """
        return max(1, min(_MOST_QUERIES, self._traffic.at_once // 2))

    def _each(self, queue: WorkQueue[Item], do: Callable[[Item], None]) -> None:
        """Process work items, as many concurrently as Azure allows."""
        for_each(queue, do, max(1, self._traffic.most_at_once), self._traffic.stop)

    def _add(self, work: Sequence[Work], queue: WorkQueue[Work]) -> None:
        """Report the number of reads to come, and schedule them."""
        for scanner, reads in sorted(Counter(each.scanner for each in work).items()):
            self._report(Planned(scanner, reads))
        if work:
            queue.add(work)

    def _learn(self, subscription: str) -> None:
        """Determine what the principal may read in a subscription."""
        self._rights.learn(subscription)
        self._report(Read(_RIGHTS, subscription, 0, 0))

    def _close(self, subscription: str) -> None:
        """Report that all reads of a subscription are done."""
        self._report(Closed(subscription, *self._writer.counted(subscription)))

    def _ask_graph(self, work: Query) -> None:
        """Run one graph query; its result counts as complete where the permission is proven."""
        keys = [each.rpartition("/")[2] for each in work.subscriptions]
        step = self._writer.journal.step("graph", work.query.text, *keys)

        def pages(start: str | None) -> Iterator[Answer]:
            earlier = self._writer.journal.rows(step)
            return self._reader.graph(work.query.text, keys, start=start, earlier=earlier)

        self._make(
            Read(work.scanner, "", 0, 0, earlier=step.done),
            step,
            pages,
            keep=lambda answer: self._keep_rows(answer, work, step),
            miss=lambda error: self._end(step, _sights(work, error), error),
        )

    def _make(
        self,
        progress: Read,
        step: Step,
        pages: Callable[[str | None], Iterator[Answer]],
        *,
        keep: Callable[[Answer], Read],
        miss: Callable[[ReadError], int],
    ) -> None:
        """Make a read unless it was made before, and report it.

        Args:
            progress: The report of the read, without any results yet.
            step: How far it has come.
            pages: Reads its pages from a given place on; None: from the beginning.
            keep: Stores a page, and returns the report of it.
            miss: Records that the read failed, and returns the number of gaps.
        """
        if not step.done:
            try:
                for answer in from_step(step.next, pages, self._writer.add_call):
                    progress = _sum(progress, keep(answer))
            except ReadError as error:
                progress = replace(progress, missed=miss(error))
        self._report(progress)

    def _keep_rows(self, answer: Answer, work: Query, step: Step) -> Read:
        """Store a page of the graph, and with the last one what it proves."""

        def document(row: Mapping[str, Any]) -> tuple[Document, str]:
            kept = {key: value for key, value in row.items() if key != "apiVersion"}
            return kept, work.query.version_of(row)

        types = frozenset(map(type_read_by, work.query.actions))
        resources, fault = _resources_in(answer, document, types)
        sights: Sequence[Sight] = ()
        if fault:
            sights = _sights(work, fault)
        elif not answer.next:
            sights = [self._proven(each) for each in _sights(work)]
        with self._writer.transaction():
            call = self._writer.add_call(answer.call)
            self._writer.add_resources(filter(self._is_lacking, resources), call)
            missed = self._record(sights)
            if answer.next:
                self._writer.journal.continues_at(step, answer.next, answer.keys)
            elif not any(isinstance(each.error, CutError) for each in sights):
                self._writer.journal.done(step)
        return Read(work.scanner, "", len(resources), missed)

    def _is_lacking(self, resource: Resource) -> bool:
        """Tell whether Resource Manager has not yet returned a document that the graph returns."""
        path = self._writer.path_of(resource.id) if resource.type in self._yielded else ""
        return not path or lane_of(path) == GRAPH

    def _proven(self, sight: Sight) -> Sight:
        """Return the sight with why it may be incomplete: the graph omits rows silently."""
        try:
            self._rights.prove(sight.scope, sight.action)
        except ReadError as error:
            return sight._replace(error=error)
        return sight

    def _read(self, work: Request) -> None:
        """Make one read for one resource, and record whether it is complete."""
        read, target = work.read, work.target
        step = self._step_of(read, target)

        def pages(start: str | None) -> Iterator[Answer]:
            earlier = len(self._writer.journal.rows(step)) if start else 0
            return _up_to(read.most_pages, self._answers(read, target, start), earlier)

        self._make(
            Read(work.scanner, subscription_of(target), 0, 0, earlier=step.done),
            step,
            pages,
            keep=lambda answer: self._keep(answer, work, step),
            miss=lambda error: self._miss(work, step, error),
        )

    def _step_of(self, read: ArmRead, target: str) -> Step:
        """Return how far a read for one resource has come."""
        parameters = (f"{name}={text}" for name, text in sorted(read.parameters.items()))
        return self._writer.journal.step(
            read.method, target + read.path, read.api_version, *parameters
        )

    def _sights_of(self, work: Request) -> Iterator[Sight]:
        """Yield what the reads of one type for a resource cover together, once all have ended.

        One that has failed has left a gap, which takes precedence.
        """
        read, target = work.read, work.target
        others = (each for each in self._reads_of[read.of, read.yields] if each is not read)
        if all(self._step_of(each, target).done for each in others):
            yield Sight(target, read.yields, read.action)

    def _keep(self, answer: Answer, work: Request, step: Step) -> Read:
        """Store an answer from Resource Manager, and with the last page that it was the last."""
        read, target = work.read, work.target

        def document(row: Mapping[str, Any]) -> tuple[Document, str]:
            found = read.document(row)
            # What a subscription lists may be anywhere beneath it.
            is_own = read.of != SUBSCRIPTION_TYPE
            named = _identified(found, target + read.path) if is_own else found
            return named, answer.call.api_version

        resources, fault = _resources_in(answer, document, {read.yields})
        with self._writer.transaction():
            self._writer.add_resources(resources, self._writer.add_call(answer.call))
            if answer.next:
                self._writer.journal.continues_at(step, answer.next, [answer.next])
            else:
                self._writer.journal.done(step)
            if fault:
                self._record([Sight(target, read.yields, read.action, fault)])
            elif not answer.next:
                self._record(self._sights_of(work))
        return Read(work.scanner, "", len(resources), 1 if fault else 0)

    def _miss(self, work: Request, step: Step, error: ReadError) -> int:
        """Record that a read's result is unknown or absent; return the number of gaps."""
        read, target = work.read, work.target
        if not _means_none_exist(read, error):
            return self._end(step, [Sight(target, read.yields, read.action, error)], error)
        with self._writer.transaction():
            self._end(step, (), error)
            return self._record(self._sights_of(work))

    def _end(self, step: Step, sights: Sequence[Sight], error: ReadError) -> int:
        """Record how a step without a successful answer ended; return the number of gaps."""
        with self._writer.transaction():
            if error.call:
                self._writer.add_call(error.call)
            missed = self._record(sights)
            if not isinstance(error, CutError):
                self._writer.journal.done(step)
        return missed

    def _record(self, sights: Iterable[Sight]) -> int:
        """Record what was and was not seen, within a commit; return the number of gaps."""
        missed = 0
        for scope, part, action, error in sights:
            missed += error is not None
            if error is None:
                self._writer.add_seen(scope, part)
            elif isinstance(error, CutError):
                self._writer.journal.cut(error.gap(scope, part, action))
            else:
                self._writer.add_gap(error.gap(scope, part, action))
        return missed

    def _answers(self, read: ArmRead, target: str, start: str | None) -> Iterator[Answer]:
        """Yield the answers of a read."""
        path = target + read.path
        if read.single:
            yield self._reader.get(path, read.api_version)
        else:
            yield from self._reader.pages(
                path,
                read.api_version,
                method=read.method,
                parameters=read.parameters,
                start=start,
            )


def _sights(work: Query, error: ReadError | None = None) -> list[Sight]:
    """Return everything that a query covers, with the error if it failed."""
    return [
        Sight(each, type_read_by(action), action, error)
        for each in work.subscriptions
        for action in work.query.actions
    ]


def _means_none_exist(read: ArmRead, error: ReadError) -> bool:
    """Tell whether the error in answer to a read means that there is nothing."""
    if read.of == SUBSCRIPTION_TYPE and read.method == "GET" and error.code == _UNREGISTERED:
        return True
    if read.none_code and error.code == read.none_code:
        return True
    return read.empty_on_404 and error.status == _NOT_FOUND


def _sum(progress: Read, page: Read) -> Read:
    """Return the report of a read with one more page added."""
    resources, missed = progress.resources + page.resources, progress.missed + page.missed
    return replace(progress, resources=resources, missed=missed)


def _resources_in(
    answer: Answer,
    document: Callable[[Mapping[str, Any]], tuple[Document, str]],
    requested: AbstractSet[str],
) -> tuple[list[Resource], ReadError | None]:
    """Return the resources of an answer, and why they are incomplete, None if they are complete.

    Args:
        answer: The answer.
        document: Makes an ARM document of a row, and returns the API version that shaped it.
        requested: The ARM types asked for: a row whose id has another type must not take the place
            of the resource with that id, and leaves a gap in its own type.
    """
    resources: list[Resource] = []
    unreadable = 0
    for row in answer.rows:
        found: Sequence[Resource] = ()
        if isinstance(row, Mapping):
            body, version = document(row)
            found = tuple(resources_of(body, Origin("", version, answer.at)))
            if found and found[0].type not in requested:
                found = ()
        resources += found
        unreadable += not found
    if unreadable:
        detail = f"{unreadable} of {len(answer.rows)} rows have no id of a requested type"
        return resources, ReadError(Reason.UNSUPPORTED, detail)
    return resources, answer.fault


def _up_to(limit: int, answers: Iterator[Answer], earlier: int) -> Iterator[Answer]:
    """Yield the pages of a list up to a maximum; the last one says where more are left.

    Args:
        limit: Maximum number of pages.
        answers: The remaining pages.
        earlier: Number of pages already read.
    """
    for number, answer in enumerate(answers, earlier + 1):
        if number < limit or not answer.next:
            yield answer
        else:
            detail = f"only the first {limit} pages of the list were read"
            yield replace(answer, next=None, fault=ReadError(Reason.NOT_COLLECTED, detail))
            return


def _identified(document: Document, collection: str) -> Document:
    """Return a document with its ARM id; outbound rules, for example, are listed with a null id."""
    written, name = document.get("id"), document.get("name")
    if isinstance(written, str) and type_of(normalise(written)):
        return document
    return {**document, "id": f"{collection}/{name}"} if isinstance(name, str) else document
