"""Files as a source: a snapshot, or exported ARM documents in any shape that is recognised.

What is in the files is judged; what is not in them is a gap, because a file cannot prove that there
is nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zipfile import is_zipfile

from amlaudit.core.arm_id import ROOT
from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.call import Call
from amlaudit.scanners.deployments import kind_of
from amlaudit.scanners.deployments.assumed import assumed_users
from amlaudit.scanners.deployments.bicep import compiled, is_source
from amlaudit.scanners.deployments.implied import implied_by
from amlaudit.scanners.deployments.pairing import with_parameters
from amlaudit.scanners.deployments.templates.parameters import is_parameters
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.files.input import Input, read_input
from amlaudit.scanners.files.shapes import Found, contents
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.snapshot_store import is_snapshot, open_snapshot

_GIVE: Final = (
    "give a snapshot, a Resource Graph export, JSON of Azure Resource Manager, or a deployment as "
    "code"
)
_ASSUMPTION: Final = "a workspace that uses it"
_PRINT_PLAN: Final = "print it for others to read: terraform show -json PLAN > plan.json"
_PRINT_STATE: Final = "print it for others to read: terraform show -json > state.json"


@dataclass(frozen=True, slots=True)
class Files:
    """Files and folders; see `amlaudit.pipeline.Source`.

    Attributes:
        paths: As the user named them; of a folder, every `.json` file in it or beneath it.
        snapshot: Where a snapshot of them is to lie; None: nowhere.
    """

    paths: tuple[Path, ...]
    snapshot: Path | None = None

    def collect(self, scope: Scope) -> Estate:
        """Return the estate that the files hold, of which only what a scope asks for is judged.

        Raises:
            AmlauditError: A file cannot be read, or is named and holds nothing that is understood.
        """
        files = list(_files(self.paths))
        snapshots = [path for path, _ in files if _is_snapshot(path)]
        if snapshots:
            return self._open(snapshots, len(files), scope)
        times = [_modified(path) for path, _ in files]
        names = tuple(name for _, name in files)
        how = Collection(scope, names, started_at=min(times), ended_at=max(times))
        with SnapshotWriter(self.snapshot) as writer:
            writer.begin(replace(how, ended_at=None))
            intake = _Intake(writer, self.paths)
            for path, name in files:
                with writer.together():
                    intake.take(path, name, named=path in self.paths)
            intake.end()
            if not intake.is_deployment:
                return writer.finish(how)
            return writer.finish(replace(how, is_deployment=True, assumed=intake.assume()))

    def _open(self, snapshots: list[Path], files: int, scope: Scope) -> Estate:
        """Return the estate of a snapshot that stands alone."""
        if files > 1 or self.snapshot:
            raise AmlauditError(
                "E302",
                f"{snapshots[0]} is a snapshot and must be the only input",
                advice="name it alone, without --save-snapshot",
                exit_code=Exit.USAGE,
            )
        return open_snapshot(snapshots[0], scope)


def _files(paths: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """Yield (file, name in reports) of everything that was named, in order."""
    for path in paths:
        if not path.is_dir():
            yield path, path.name
            continue
        found = sorted(each for each in path.rglob("*.json") if each.is_file())
        if not found:
            raise _unreadable(path, "the folder holds no .json file")
        yield from ((each, each.relative_to(path).as_posix()) for each in found)


def _is_snapshot(path: Path) -> bool:
    """Tell whether a file is a snapshot."""
    try:
        return is_snapshot(path)
    except OSError as error:
        raise _unreadable(path, str(error)) from error


def _modified(path: Path) -> datetime:
    """Return when a file was last changed, UTC: the same for every run over it."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


@dataclass(slots=True)
class _Intake:
    """Files on their way into a snapshot.

    Attributes:
        writer: Of the snapshot.
        named: What the user named.
        kept: The document that stands of each resource, and the file that gave it.
        declared: Ids of what is declared.
        new: Ids of what is made by the deployment.
        parameters: The parameters files among the files, and their names.
        parameters_used: Those that a template was read with.
    """

    writer: SnapshotWriter
    named: tuple[Path, ...]
    kept: dict[str, tuple[Resource, str]] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    new: list[str] = field(default_factory=list)
    parameters: dict[Path, str] = field(default_factory=dict)
    parameters_used: set[Path] = field(default_factory=set)

    def end(self) -> None:
        """Add what comes with what is new, and say which parameters files belong to no template.

        Raises:
            AmlauditError: The user named one of them.
        """
        for resource_id in list(self.new):
            resource, name = self.kept[resource_id]
            for each in implied_by(resource, self.kept):
                call = self.writer.add_call(
                    Call("FILE", name, "", "implied", resource.origin.collected_at)
                )
                self._take(each, resource.origin, call)
        for path, name in self.parameters.items():
            if path in self.parameters_used:
                continue
            cause = "no template that has all of its parameters is among the files"
            if any(each.resolve() == path for each in self.named):
                raise _unreadable(path, cause)
            detail = f"{name} holds parameters that were not used: {cause}"
            self.writer.add_gap(Gap(ROOT, f"content of {name}", Reason.NOT_COLLECTED, detail))

    def take(self, path: Path, name: str, *, named: bool) -> None:
        """Keep what one file holds.

        Args:
            path: The file.
            name: Its name in reports.
            named: The user named it, and not only a folder: it must hold something.
        """
        try:
            file = _read(path, name, self.named)
            if is_parameters(file.value):
                self.parameters[path.resolve()] = name
                return
            self.parameters_used |= {each.path.resolve() for each in file.parameters}
            if _is_raw_state(file.value):
                raise _unreadable(path, "it is the raw state of Terraform", _PRINT_STATE)
            kind = kind_of(file.value)
            found = list(kind.contents(file) if kind else contents(file.value, name))
        except AmlauditError as error:
            if named:
                raise
            kind, detail = None, f"{name}: {error.cause}"
            found = [Found(gap=Gap(ROOT, f"content of {name}", Reason.UNSUPPORTED, detail))]
        if named and not kind and not any(map(_says_something, found)):
            raise _unreadable(path, "it holds no resource of Azure Resource Manager")
        at = _modified(path)
        call = self.writer.add_call(Call("FILE", name, "", "read", at))
        for each in found:
            if each.document is None and each.gap:
                self.writer.add_gap(each.gap)
            self._take(each, Origin(name, each.api_version, at), call)

    def _take(self, found: Found, origin: Origin, call: int) -> None:
        """Keep the resources of one document, and what it proves of their children."""
        resources = resources_of(
            found.document or {},
            origin,
            gaps=found.gaps,
            place=found.place,
            declared=found.declared,
        )
        for number, resource in enumerate(resources):
            self._keep(resource, origin.source, call)
            if found.declared:
                self.declared.add(resource.id)
            if found.seen and number == 0:
                self.new.append(resource.id)
                for part in found.seen:
                    self.writer.add_seen(resource.id, part)

    @property
    def is_deployment(self) -> bool:
        """Whether everything that is kept was declared."""
        return bool(self.declared) and self.declared >= self.kept.keys()

    def assume(self) -> tuple[str, ...]:
        """Keep the workspaces that are taken to use what is declared, and return their ids.

        None, where a workspace is declared.
        """
        resources = [resource for resource, _ in self.kept.values()]
        if any(each.type == WORKSPACE for each in resources):
            return ()
        at = max(each.origin.collected_at for each in resources)
        users = list(assumed_users(resources, Origin(_ASSUMPTION, "", at)))
        if users:
            call = self.writer.add_call(Call("ASSUMED", _ASSUMPTION, "", "assumed", at))
            self.writer.add_resources(users, call)
        return tuple(each.id for each in users)

    def _keep(self, resource: Resource, name: str, call: int) -> None:
        """Keep a resource; of several documents of it the first that shows its properties."""
        earlier, earlier_name = self.kept.get(resource.id, (None, ""))
        if earlier is None or (earlier.gaps and not resource.gaps):
            self.writer.add_resources([resource], call)
            self.kept[resource.id] = (resource, name)
        elif earlier.body != resource.body and not resource.gaps:
            part = f"document in {name}"
            detail = f"{name} holds another document of it; the one in {earlier_name} was judged"
            self.writer.add_gap(Gap(resource.id, part, Reason.UNSUPPORTED, detail))


def _says_something(found: Found) -> bool:
    """Tell whether something in a file was understood."""
    return found.document is not None or (
        found.gap is not None and found.gap.reason is not Reason.UNSUPPORTED
    )


def _read(path: Path, name: str, named: tuple[Path, ...]) -> Input:
    """Return a file, read, with the files that belong to it."""
    try:
        file = compiled(path, name) if is_source(path) else read_input(path, name)
        return with_parameters(file, named)
    except (OSError, ValueError, RecursionError) as error:
        if _is_archive(path):
            cause = "it is a binary plan of Terraform, or another archive"
            raise _unreadable(path, cause, _PRINT_PLAN) from error
        cause = str(error) or type(error).__name__
        raise _unreadable(path, f"it is not JSON: {cause}") from error


def _is_archive(path: Path) -> bool:
    """Tell whether a file is a zip archive, as the plans are that Terraform saves."""
    return path.is_file() and is_zipfile(path)


def _is_raw_state(value: object) -> bool:
    """Tell whether a JSON value is a state as Terraform keeps it, for itself alone."""
    return isinstance(value, dict) and {"terraform_version", "serial", "lineage"} <= set(value)


def _unreadable(path: Path, cause: str, advice: str = _GIVE) -> AmlauditError:
    """Return the error for input that cannot be read."""
    return AmlauditError(
        "E302",
        f"Cannot read {path}",
        cause=cause,
        advice=advice,
        exit_code=Exit.INPUT_OUTPUT,
    )
