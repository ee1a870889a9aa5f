"""Files as a source: a snapshot, exported ARM documents in any shape, deployments as code.

What the files hold is judged; what they do not hold is a gap, because a file cannot prove that
there is nothing else. Deployments given with a snapshot are judged as the estate after deployment.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.arm_id import name_of, resource_group_of, subscription_of
from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.scope import Scope
from amlaudit.core.store import Store
from amlaudit.scanners.files.discovery import (
    files_of,
    holds_snapshot,
    modified,
    refuse_overlooked,
)
from amlaudit.scanners.files.input import Home
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.snapshot_store import open_snapshot

if TYPE_CHECKING:
    from amlaudit.scanners.files.intake import Intake


class Files(Struct, frozen=True):
    """Files and folders; see `amlaudit.pipeline.Source`.

    Attributes:
        paths: As the user named them; for a folder, every JSON file in it or beneath it.
        snapshot: Where to write a snapshot of them; None: nowhere.
    """

    paths: tuple[Path, ...]
    snapshot: Path | None = None

    def collect(self, scope: Scope) -> Estate:
        """Return the estate that the files hold, in which only what is in scope is judged.

        Raises:
            AmlauditError: A file cannot be read, or is named but holds nothing that is understood.
        """
        files = list(files_of(self.paths))
        snapshots = [path for path, _ in files if holds_snapshot(path)]
        if snapshots and len(files) == 1 and not self.snapshot:
            return open_snapshot(snapshots[0], scope)
        if snapshots:
            return self._over(snapshots, files, scope)
        times = [modified(path) for path, _ in files]
        names = tuple(name for _, name in files)
        how = Collection(scope, names, started_at=min(times), ended_at=max(times))
        with SnapshotWriter(self.snapshot) as writer:
            writer.begin(replace(how, ended_at=None))
            intake = _intake(writer, self.paths, Home(group=_only(scope.resource_groups)))
            intake.take_all(files)
            if not intake.is_understood:
                refuse_overlooked(self.paths)
            if not intake.is_deployment:
                return writer.finish(how)
            return writer.finish(replace(how, is_deployment=True, assumed=intake.assume()))

    def _over(
        self, snapshots: Sequence[Path], files: Sequence[tuple[Path, str]], scope: Scope
    ) -> Estate:
        """Return the estate of a snapshot after the deployments given with it.

        Raises:
            AmlauditError: There are several snapshots, or no deployment to combine with one.
        """
        others = [each for each in files if each[0] not in snapshots]
        if len(snapshots) > 1 or not others:
            raise AmlauditError(
                "E302",
                f"{snapshots[0]} is a snapshot, which can only be combined with deployments",
                advice="pass it alone, without --save-snapshot, or with templates, plans or "
                "what-if results",
                exit_code=Exit.USAGE,
            )
        with closing(open_snapshot(snapshots[0], Scope())) as live:
            before = live.store.collection()
            how = replace(
                before, scope=scope, sources=(*before.sources, *(name for _, name in others))
            )
            with SnapshotWriter(self.snapshot) as writer:
                writer.take_over(snapshots[0])
                writer.begin(replace(how, ended_at=None))
                intake = _intake(writer, self.paths, _home(live.store, scope), live.store)
                intake.take_all(others)
                return writer.finish(how)


def _intake(
    writer: SnapshotWriter, paths: tuple[Path, ...], home: Home, live: Store | None = None
) -> "Intake":
    """Return the intake for files; imported late because a snapshot alone does not need it."""
    from amlaudit.scanners.files.intake import Intake  # noqa: PLC0415 - a fifth of all modules

    return Intake(writer, paths, home, live)


def _home(live: Store, scope: Scope) -> Home:
    """Return where an unspecified deployment goes, if there is only one choice.

    A named group that the snapshot does not hold has yet to be created.
    """
    groups = {found for each in _ids_in(live) if (found := resource_group_of(each))}
    subscription, named = _only(live.subscriptions()), _only(scope.resource_groups)
    if named:
        groups = {each for each in groups if name_of(each) == named.lower()}
    group = _only(sorted(groups))
    if group:
        subscription = subscription_of(group)
    name = named if group or subscription else ""
    return Home(
        subscription.rpartition("/")[2],
        name or name_of(group),
        live.get,
        partial(_ids_in, live),
        _doubt(named, len(groups)),
    )


def _ids_in(live: Store) -> Iterator[str]:
    """Yield the ids of all resources that a snapshot holds."""
    for arm_type in live.counts():
        yield from live.ids_of_type(arm_type)


def _doubt(named: str, groups: int) -> str:
    """Return why a snapshot does not determine the group.

    Args:
        named: The given name, empty if none was given.
        groups: Number of groups in the snapshot that it may be.
    """
    if not named:
        return f"the snapshot contains {'several' if groups else 'none'}"
    if groups:
        return f"the snapshot contains {named} in {groups} subscriptions"
    return f"the snapshot contains several subscriptions, and {named} in none"


def _only(names: Sequence[str]) -> str:
    """Return the only distinct name, or an empty string if there is not exactly one."""
    return names[0] if len(names) == 1 else ""
