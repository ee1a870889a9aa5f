"""Takes the content of files into a snapshot."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.arm_id import ROOT, encodable, parent_of, scopes_of
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.resource import AS_DECLARED, Document, Gaps, Origin, Resource
from amlaudit.core.store import Store
from amlaudit.scanners.call import Call
from amlaudit.scanners.deployments.assumed import assumed_users
from amlaudit.scanners.deployments.defaults import with_its_versions_defaults
from amlaudit.scanners.deployments.identities import (
    principals_of,
    with_assigned,
    with_principals,
)
from amlaudit.scanners.deployments.implied import implied_by
from amlaudit.scanners.deployments.kinds import kind_of
from amlaudit.scanners.deployments.legacy_datastores import in_current_form
from amlaudit.scanners.deployments.merging import agreed, hidden
from amlaudit.scanners.deployments.overlay import laid_over
from amlaudit.scanners.deployments.parameters_file import is_parameters
from amlaudit.scanners.deployments.parts import is_part, with_part
from amlaudit.scanners.deployments.private_endpoints import (
    connected,
    connections_of,
    newly_connected,
)
from amlaudit.scanners.documents import also_listed, resources_of
from amlaudit.scanners.files.discovery import modified
from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.input import Home, Input, unreadable
from amlaudit.scanners.files.reading import read_whole
from amlaudit.scanners.files.unseen import more_of
from amlaudit.scanners.snapshot import SnapshotWriter

_ASSUMPTION: Final = "a workspace that uses it"
_NOWHERE: Final = Origin("", "", datetime.fromtimestamp(0, UTC))


class Intake(Struct):
    """The files being taken into a snapshot.

    Attributes:
        writer: The snapshot's writer.
        named: What the user named.
        home: Where deployments go that do not specify it themselves.
        live: What exists before them; None: nothing was read.
        kept: The effective document of each resource, and the file that it came from.
        declared: Ids of declared resources.
        new: Ids of resources that the deployment creates.
        parameters: The parameters files among the files, and their names.
        parameters_used: The ones that a template was read with.
        principals: Object ids of existing identities, by their placeholders in declarations.
        _gone: Ids of resources that a deployment removes.
        _idle: Ids of resources seen only where a deployment leaves them unchanged, or embedded in
            another document.
        _linked: Files that a template has already deployed.
        _has_deployment: Whether one of the files declares a deployment.
        _opened: Ids of resources that a deployment changes but another file declares, and what it
            changes.
    """

    writer: SnapshotWriter
    named: tuple[Path, ...]
    home: Home
    live: Store | None = None
    kept: dict[str, tuple[Resource, str]] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    new: list[str] = field(default_factory=list)
    parameters: dict[Path, str] = field(default_factory=dict)
    parameters_used: set[Path] = field(default_factory=set)
    principals: dict[str, str] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _idle: set[str] = field(default_factory=set)
    _linked: set[Path] = field(default_factory=set)
    _has_deployment: bool = False
    _opened: list[tuple[str, Gaps]] = field(default_factory=list)
    _waiting: defaultdict[int, list[Resource]] = field(default_factory=lambda: defaultdict(list))

    def take_all(self, files: Sequence[tuple[Path, str]]) -> None:
        """Take in several files, each given by its path and its name in reports.

        Raises:
            AmlauditError: One cannot be read, or is named but holds nothing that is understood.
        """
        for path, name in files:
            with self.writer.together():
                self.take(path, name, named=path in self.named)
        self.end()

    def end(self) -> None:
        """Add what new resources imply, and report parameters files that belong to no template.

        Afterwards, children that parents show are in their parents' documents, and private
        endpoints in those of their targets, whichever file declares which.

        Raises:
            AmlauditError: The user named one of them.
        """
        with self.writer.together():
            self._imply()
            self._show_parts()
            self._put_together()
        for path, name in self.parameters.items():
            if path in self.parameters_used:
                continue
            cause = "no template without other parameters declares all of its parameters"
            if any(each.resolve() == path for each in self.named):
                from amlaudit.scanners.deployments.pairing import left_over  # noqa: PLC0415 - an error

                advice = f"pass its template as well: --from main.json --from {path.name}"
                template, parameter = left_over(path, self.named)
                if template:
                    cause = f"{template} has no parameter {parameter!r}; Azure would reject it"
                    advice = "remove it, or pass the template that declares it"
                raise unreadable(path, cause, advice)
            detail = f"{name} contains parameters that were not used: {cause}"
            self.writer.add_gap(Gap(ROOT, f"content of {name}", Reason.NOT_COLLECTED, detail))

    def _imply(self) -> None:
        """Add what new resources imply."""
        calls: dict[tuple[str, datetime], int] = {}
        for resource_id in list(self.new):
            resource, name = self.kept[resource_id]
            read = (name, resource.origin.collected_at)
            for each in implied_by(resource, self._standing):
                if read not in calls:
                    calls[read] = self.writer.add_call(Call("FILE", name, "", "implied", read[1]))
                self._take(each, resource.origin, calls[read])
        self._write()

    def _show_parts(self) -> None:
        """Include declared children in their parents' documents, where Azure does so."""
        calls: dict[str, int] = {}
        for resource_id in sorted(self.declared):
            part, _ = self.kept[resource_id]
            parent = self._standing(parent_of(resource_id)) if is_part(part) else None
            if parent:
                self._change(with_part(parent, part), self._noted(calls, part, "shown"))
        self._write()

    def _put_together(self) -> None:
        """Update resources of one file with connections and changes that other files declare."""
        calls: dict[str, int] = {}
        for endpoint in () if self.live else sorted(self.declared):
            for found in newly_connected(self.kept[endpoint][0], self._declared):
                self._change(found, self._noted(calls, found, "connected"))
        calls = {}
        for resource_id, gaps in self._opened:
            if gaps and (standing := self._standing(resource_id)):
                self._change(hidden(standing, gaps), self._noted(calls, standing, "opened"))
        self._write()

    def _noted(self, calls: dict[str, int], resource: Resource, what: str) -> int:
        """Return the number of the call that records a change to a file's resources."""
        source, at = resource.origin.source, resource.origin.collected_at
        if source not in calls:
            calls[source] = self.writer.add_call(Call("FILE", source, "", what, at))
        return calls[source]

    def _declared(self, resource_id: str) -> Resource | None:
        """Return a declared resource, None if it is not declared."""
        return self.kept[resource_id][0] if resource_id in self.declared else None

    def _standing(self, resource_id: str) -> Resource | None:
        """Return a resource as known so far, None if it does not exist."""
        kept = self.kept.get(resource_id)
        return kept[0] if kept else self._before(resource_id)

    def take(self, path: Path, name: str, *, named: bool) -> None:
        """Take in one file.

        Args:
            path: The file.
            name: Its name in reports.
            named: The user named the file itself, not just a folder: it must hold something.
        """
        if path.resolve() in self._linked and not named:
            return
        try:
            file = read_whole(path, name, self.named, self.home)
            if is_parameters(file.value):
                self.parameters[path.resolve()] = name
                return
            self.parameters_used |= {each.path.resolve() for each in file.parameters}
            kind = kind_of(file.value)
            if self.live and not kind:
                raise _not_beside_a_snapshot(path)
            with _damage_reported(path):
                found = list(kind.contents(file) if kind else _exported(file))
        except AmlauditError as error:
            if named:
                raise
            kind, detail = None, f"{name}: {error.cause}"
            found = [Found(gap=Gap(ROOT, f"content of {name}", Reason.UNSUPPORTED, detail))]
        if named and not kind and not any(map(_says_something, found)):
            raise unreadable(path, "it contains no Azure Resource Manager resource")
        self._has_deployment |= kind is not None
        at = modified(path)
        call = self.writer.add_call(Call("FILE", name, "", "read", at))
        self._learn_principals(found)
        self._linked |= {each.linked for each in found if each.linked}
        for each in found:
            self._note_gaps(each)
            if each.gone:
                self._write()
                self.writer.remove(each.gone)
                self._gone.add(each.gone)
            self._take(each, Origin(name, encodable(each.api_version), at), call)
        self._write()

    def _note_gaps(self, found: Found) -> None:
        """Record what an item says is missing."""
        if found.document is None and found.gap:
            self.writer.add_gap(found.gap)
            self._opened.append((found.gap.scope_id, found.gaps))
        for gap in more_of(found.unseen, self.live) if found.unseen and self.live else ():
            self.writer.add_gap(gap)

    def _write(self) -> None:
        """Write what has been collected so far to the snapshot."""
        for call, resources in self._waiting.items():
            self.writer.add_resources(resources, call)
        self._waiting.clear()

    def _learn_principals(self, found: Iterable[Found]) -> None:
        """Record the object ids of declared resources that already exist."""
        for each in found if self.live else ():
            for resource in resources_of(each.document or {}, _NOWHERE) if each.declared else ():
                if existing := self._before(resource.id):
                    self.principals |= principals_of(existing)

    def _before(self, resource_id: str) -> Resource | None:
        """Return a resource as it is before its declaration applies, None if it does not exist."""
        if self.live is None:
            return None
        if changed := self.kept.get(resource_id):
            return changed[0]
        is_there = self._gone.isdisjoint(scopes_of(resource_id))
        return self.live.get(resource_id) if is_there else None

    def _take(self, found: Found, origin: Origin, call: int) -> None:
        """Keep the resources of one document, and what it proves about their children."""
        resources = resources_of(
            found.document or {},
            origin,
            gaps=found.gaps,
            written=found.written,
            declared=found.declared,
        )
        for number, resource in enumerate(resources):
            existing = self._before(resource.id)
            if existing and found.left_alone:
                continue
            if existing:
                self._change(laid_over(existing, self._settled(resource), whole=found.whole), call)
            else:
                settled = self._settled(resource)
                is_new = found.declared and found.api_version == AS_DECLARED
                made = with_its_versions_defaults(settled) if is_new else settled
                made = in_current_form(made) if found.declared else made
                self._keep(made, found, call)
                # A document of its own says more than one that embeds it.
                for each in () if found.declared else also_listed(resource):
                    self._keep(each, replace(found, left_alone=True), call)
            if found.declared:
                self.declared.add(resource.id)
                self._connect(resource, call)
            if found.seen and number == 0 and not existing:
                self.new.append(resource.id)
                self.writer.add_seen(resource.id, *found.seen)

    def _settled(self, resource: Resource) -> Resource:
        """Return a declared resource with all known object ids filled in."""
        if self.live:
            resource = with_assigned(resource, self._before)
        if not self.principals:
            return resource
        return replace(
            resource, body=cast("Document", with_principals(resource.body, self.principals))
        )

    def _change(self, resource: Resource, call: int) -> None:
        """Keep an existing resource in its future state."""
        self._waiting[call].append(resource)
        self.kept[resource.id] = (resource, resource.origin.source)

    def _connect(self, endpoint: Resource, call: int) -> None:
        """Add a declared private endpoint to existing resources that are not declared."""
        for target, connection in connections_of(endpoint).items():
            existing = self._before(target)
            if existing and target not in self.declared:
                self._change(connected(existing, connection), call)

    @property
    def is_deployment(self) -> bool:
        """Whether everything kept was declared, even if that is nothing."""
        return self._has_deployment and self.declared >= self.kept.keys()

    def assume(self) -> tuple[str, ...]:
        """Add the workspaces assumed to use what is declared, and return their ids.

        None are added where a workspace is declared.
        """
        resources = [resource for resource, _ in self.kept.values()]
        if not resources or any(each.type == WORKSPACE for each in resources):
            return ()
        at = max(each.origin.collected_at for each in resources)
        users = list(assumed_users(resources, Origin(_ASSUMPTION, "", at)))
        if users:
            call = self.writer.add_call(Call("ASSUMED", _ASSUMPTION, "", "assumed", at))
            self.writer.add_resources(users, call)
        return tuple(each.id for each in users)

    def _keep(self, resource: Resource, found: Found, call: int) -> None:
        """Keep a resource; of several documents, the first that shows its properties.

        Where two deployments differ, the value is unknown, but one that leaves the resource
        unchanged does not contradict the other.
        """
        name = resource.origin.source
        earlier, earlier_name = self.kept.get(resource.id, (None, ""))
        is_declared_twice = found.declared and resource.id in self.declared
        fills = earlier is not None and earlier.gaps and not resource.gaps and not is_declared_twice
        if earlier is None or fills or (resource.id in self._idle and not found.left_alone):
            self._waiting[call].append(resource)
            self.kept[resource.id] = (resource, name)
            (self._idle.add if found.left_alone else self._idle.discard)(resource.id)
        elif found.left_alone:
            return
        elif is_declared_twice and name != earlier_name:
            self._keep_agreed(earlier, resource, call)
        elif earlier.body != resource.body and not resource.gaps:
            detail = (
                f"{name} has a different document for it; the one in {earlier_name} was evaluated"
            )
            self._tell_of_another(resource, detail)

    def _keep_agreed(self, earlier: Resource, other: Resource, call: int) -> None:
        """Keep what two declarations of a resource agree on."""
        both = agreed(earlier, other)
        if both is not earlier:
            self._waiting[call].append(both)
            self.kept[both.id] = (both, both.origin.source)
            detail = (
                f"{other.origin.source} and {both.origin.source} declare it differently; "
                "where they differ, the value is unknown"
            )
            self._tell_of_another(other, detail)

    def _tell_of_another(self, resource: Resource, detail: str) -> None:
        """Record that there is another document of a resource."""
        part = f"document in {resource.origin.source}"
        self.writer.add_gap(Gap(resource.id, part, Reason.UNSUPPORTED, detail))


def _exported(file: Input) -> Iterator[Found]:
    """Yield the content of a file that declares no deployment."""
    from amlaudit.scanners.files.shapes import contents  # noqa: PLC0415 - it loads all scanners

    return contents(file.value, file.name)


@contextmanager
def _damage_reported(path: Path) -> Iterator[None]:
    """Turn any exception that a malformed file raises in its reader into one error that says so."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        what = type(error).__name__
        raise unreadable(path, f"it is malformed ({what})") from error


def _not_beside_a_snapshot(path: Path) -> AmlauditError:
    """Return the error for a file that cannot be combined with a snapshot."""
    return AmlauditError(
        "E302",
        f"{path} is not a deployment; only deployments can be combined with a snapshot",
        advice="pass the snapshot alone, or with templates, plans or what-if results",
        exit_code=Exit.USAGE,
    )


def _says_something(found: Found) -> bool:
    """Tell whether something in a file was understood."""
    return found.document is not None or (
        found.gap is not None and found.gap.reason is not Reason.UNSUPPORTED
    )
