"""Live Azure as a source: a scope, read on behalf of a principal into one snapshot.

Failures do not end the collection: each leaves a gap for what is missing. An interrupted collection
can be resumed, whatever the interruption was.
"""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from azure.core.credentials import TokenCredential
from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit import __version__
from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.resource import Origin
from amlaudit.core.scope import Scope
from amlaudit.scanners.areas import scanners_named
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.credentials import sign_in
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.events import Noticed, Observer, Reached, Signed, no_observer
from amlaudit.scanners.lists import Lists
from amlaudit.scanners.pace import Pace
from amlaudit.scanners.rights import Rights
from amlaudit.scanners.run import Run
from amlaudit.scanners.scanner import Scanner
from amlaudit.scanners.snapshot import SnapshotWriter, partial_of
from amlaudit.scanners.subscriptions import SUBSCRIPTIONS_API, Chosen, chosen
from amlaudit.scanners.tokens import Tokens
from amlaudit.scanners.traffic import Clock, Traffic
from amlaudit.scanners.waiting import Patience


class LiveAzure(Struct, frozen=True):
    """Azure, read on behalf of a principal; see `amlaudit.pipeline.Source`.

    Attributes:
        credential: The principal's credential.
        cloud: The cloud to read.
        snapshot: Path of the snapshot; None: it is deleted when the process ends.
        patience: How long a failing read is retried.
        observer: Informed of what is being read.
        pace: The request rate.
        deadline_seconds: Time after which no more requests are sent, and what is missing becomes
            gaps; None: no deadline.
        resume: Resume the interrupted collection that was writing the snapshot.
        clock: The clock for waits and deadline.
        scanners: Names of the scanners to run; none: all. What the others would have read is a gap.
        yields: On interruption by the user, return what was read so far instead of raising.
        is_kept: The snapshot stays in place, so that a later collection can resume it.
    """

    credential: TokenCredential
    cloud: Cloud
    snapshot: Path | None = None
    patience: Patience = field(default_factory=Patience)
    observer: Observer = no_observer
    pace: Pace = field(default_factory=Pace)
    deadline_seconds: float | None = None
    resume: bool = False
    clock: Clock = field(default_factory=Clock)
    scanners: tuple[str, ...] = ()
    yields: bool = False
    is_kept: bool = True

    def collect(self, scope: Scope) -> Estate:
        """Read a scope into a snapshot.

        Raises:
            AmlauditError: Nobody is signed in, no subscription can be read, or what is to be
                resumed is not this collection.
        """
        traffic = Traffic(self.pace, self.clock, self.deadline_seconds, self.observer)
        tokens = Tokens(self.credential, self.cloud.token_scope, scope.tenant)
        principal = sign_in(tokens, self.cloud, scope.tenant)
        self.observer(Signed(principal.name, principal.tenant))
        how = Collection(
            scope=scope,
            sources=(self.cloud.endpoint,),
            principal=principal.name,
            tenant=principal.tenant,
            started_at=datetime.now(UTC),
        )
        with SnapshotWriter(self.snapshot, resume=self.resume) as writer:
            begun = self._begin(writer, how)
            if begun.ended_at:  # only the final name was missing
                return writer.finish(begun)
            reader = AzureReader(tokens, self.cloud, writer.add_call, self.patience, traffic)
            with closing(reader):
                lists = Lists(reader, writer)
                reached = self._choose(begun, lists, writer)
                run = Run(reader, writer, Rights(lists), traffic, self._scanners_from(begun))
                try:
                    run.collect(scope, reached.reached)
                except KeyboardInterrupt:
                    if not self.yields:
                        raise
                    return writer.cut_off(scope)
            if writer.journal.is_cut:
                text = f"time ran out before everything was read; {self._how_to_resume}"
                self.observer(Noticed(text))
            return writer.finish(replace(reached, ended_at=datetime.now(UTC)))

    def _choose(self, begun: Collection, lists: Lists, writer: SnapshotWriter) -> Collection:
        """Return the collection with the subscriptions that its scope includes, and report them."""
        found = chosen(begun.scope, lists, begun.tenant)
        reached = replace(begun, reached=tuple(each.id for each in found.reached))
        _note_chosen(writer, found, reached)
        names = {each.id: each.name for each in found.reached}
        self.observer(Reached(names, self.deadline_seconds))
        return reached

    def _scanners_from(self, begun: Collection) -> list[Scanner]:
        """Return the scanners to run, for time spans up to when a collection began."""
        began = begun.started_at or datetime.now(UTC)
        return [each.up_to(began) for each in scanners_named(self.scanners)]

    @property
    def _how_to_resume(self) -> str:
        """What can be done about a deadline."""
        if self.snapshot and self.is_kept:
            return "run the same command with --resume to continue"
        return "use --save-snapshot to make scans resumable"

    def _begin(self, writer: SnapshotWriter, how: Collection) -> Collection:
        """Return the collection that is started or resumed.

        Raises:
            AmlauditError: A different collection was to be resumed.
        """
        earlier = writer.begun()
        if earlier is None:
            if self.resume and self.snapshot:
                self.observer(Noticed("there is nothing to resume; starting a new collection"))
            writer.begin(how)
            return how
        begun, version = earlier
        same = replace(begun, started_at=how.started_at, ended_at=None, reached=())
        if same != how or version != __version__:
            raise _other_collection(self.snapshot, begun, version)
        if begun.ended_at and not writer.journal.is_cut:
            return begun
        begun = replace(begun, ended_at=None)
        writer.resume(begun)
        when = f"{begun.started_at:%Y-%m-%d %H:%M} UTC" if begun.started_at else "an earlier time"
        self.observer(Noticed(f"resuming the collection started at {when}"))
        return begun


def _note_chosen(writer: SnapshotWriter, found: Chosen, how: Collection) -> None:
    """Record, once, which subscriptions are read."""
    step = writer.journal.step("chosen")
    if step.done:  # by now the graph may have added details
        return
    with writer.transaction():
        for each in found.reached:
            document = {**each.listed.row, "id": f"/subscriptions/{each.key}"}
            origin = Origin("", SUBSCRIPTIONS_API, each.listed.at)
            writer.add_resources(resources_of(document, origin), each.listed.call)
        for gap in found.missing:
            writer.add_gap(gap)
        for gap in found.cut:
            writer.journal.cut(gap)
        writer.begin(how)
        if not found.cut:
            writer.journal.done(step)


def _other_collection(snapshot: Path | None, begun: Collection, version: str) -> AmlauditError:
    """Return the error for a collection that cannot be resumed."""
    place = partial_of(snapshot) if snapshot else ""
    whose = f"{begun.principal} read {', '.join(begun.sources)} with amlaudit {version}"
    return AmlauditError(
        "E304",
        f"Cannot resume: {place} is a different collection",
        cause=f"{whose}; scope, cloud, principal, tenant and version must be the same",
        advice="omit --resume to start over, or use another snapshot",
        exit_code=Exit.USAGE,
    )
