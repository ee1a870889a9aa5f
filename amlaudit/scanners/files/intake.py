"""Takes the content of files into a snapshot."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.arm_id import ROOT, encodable, parent_of, scopes_of
from amlaudit.core.errors import AmlauditError
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.resource import AS_DECLARED, Gaps, Origin, Resource
from amlaudit.core.store import Store
from amlaudit.scanners.call import Call
from amlaudit.scanners.deployments.assumed import assumed_users
from amlaudit.scanners.deployments.defaults import with_its_versions_defaults
from amlaudit.scanners.deployments.identities import principals_of, with_assigned, with_principals
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
    opened_by,
    opened_to,
)
from amlaudit.scanners.documents import also_listed, differ, resources_of
from amlaudit.scanners.files.contents import contents_of, says_something
from amlaudit.scanners.files.discovery import modified
from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.input import Home, not_beside_snapshot, unreadable, without_resources
from amlaudit.scanners.files.reading import read_whole
from amlaudit.scanners.files.unseen import withdraw
from amlaudit.scanners.snapshot import SnapshotWriter

_ASSUMPTION: Final = "a workspace that uses it"
_ANY_ORIGIN: Final = Origin("", "", datetime.fromtimestamp(0, UTC))
"""The origin of resources of which only the ids are used."""


class Intake(Struct):
    """The files being taken into a snapshot.

    Attributes:
        writer: The snapshot's writer.
        named: What the user named.
        home: Where deployments go that do not specify it themselves.
        live: What exists before them; None: nothing was read.
        kept: The effective document of each resource, by id.
        declared: Ids of declared resources.
        new: Ids of resources that the deployment creates.
        parameters: The parameters files among the files, and their names.
        parameters_used: The ones that a template was read with.
        principals: Object ids of existing identities, by their placeholders in declarations.
        is_understood: Whether something in any of the files was understood.
        _removed: Ids of resources that a deployment removes.
        _left_alone: Ids of resources only left unchanged by a deployment, or embedded elsewhere.
        _linked: Files that a template has already deployed.
        _has_deployment: Whether one of the files declares a deployment.
        _hidden: The gaps of types of which a deployment adds more than is shown.
        _changed_elsewhere: What a deployment changes of resources that another file declares.
        _unwritten: Resources that the snapshot does not hold yet, by the number of their call.
        _calls: The calls that record what is done to resources, by that, their file and its time.
    """

    writer: SnapshotWriter
    named: tuple[Path, ...]
    home: Home
    live: Store | None = None
    kept: dict[str, Resource] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    new: list[str] = field(default_factory=list)
    parameters: dict[Path, str] = field(default_factory=dict)
    parameters_used: set[Path] = field(default_factory=set)
    principals: dict[str, str] = field(default_factory=dict)
    is_understood: bool = False
    _removed: set[str] = field(default_factory=set)
    _left_alone: set[str] = field(default_factory=set)
    _linked: set[Path] = field(default_factory=set)
    _has_deployment: bool = False
    _hidden: list[Gap] = field(default_factory=list)
    _changed_elsewhere: list[tuple[str, Gaps]] = field(default_factory=list)
    _unwritten: defaultdict[int, list[Resource]] = field(default_factory=lambda: defaultdict(list))
    _calls: dict[tuple[str, str, datetime], int] = field(default_factory=dict)

    def take_all(self, files: Sequence[tuple[Path, str]]) -> None:
        """Take in several files, each given by its path and its name in reports.

        Raises:
            AmlauditError: One cannot be read, or is named but holds nothing that is understood.
        """
        for path, name in files:
            with self.writer.transaction():
                self.take(path, name, named=path in self.named)
        self.end()

    def end(self) -> None:
        """Add what new resources imply, and report parameters files that belong to no template.

        Afterwards, children that parents show are in their parents' documents, and private
        endpoints in those of their targets, whichever file declares which.

        Raises:
            AmlauditError: The user named one of them.
        """
        with self.writer.transaction():
            self._imply()
            self._show_parts()
            self._put_together()
        for path, name in self.parameters.items():
            if path not in self.parameters_used:
                self._report_unused(path, name)

    @property
    def is_deployment(self) -> bool:
        """Whether everything kept was declared, even if that is nothing."""
        return self._has_deployment and self.declared >= self.kept.keys()

    def assume(self) -> tuple[str, ...]:
        """Add the workspaces assumed to use what is declared, and return their ids.

        None are added where a workspace is declared.
        """
        resources = list(self.kept.values())
        if not resources or any(each.type == WORKSPACE for each in resources):
            return ()
        at = max(each.origin.collected_at for each in resources)
        users = list(assumed_users(resources, Origin(_ASSUMPTION, "", at)))
        if users:
            call = self.writer.add_call(Call("ASSUMED", _ASSUMPTION, "", "assumed", at))
            self.writer.add_resources(users, call)
        return tuple(each.id for each in users)

    def _report_unused(self, parameters: Path, name: str) -> None:
        """Report a parameters file that belongs to no template.

        Raises:
            AmlauditError: The user named it.
        """
        cause = "no template without other parameters declares all of its parameters"
        if not any(each.resolve() == parameters for each in self.named):
            detail = f"{name} contains parameters that were not used: {cause}"
            self.writer.add_gap(Gap(ROOT, f"content of {name}", Reason.NOT_COLLECTED, detail))
            return
        from amlaudit.scanners.deployments.pairing import left_over  # noqa: PLC0415 - an error

        advice = f"pass its template as well: --from main.json --from {parameters.name}"
        template, parameter = left_over(parameters, self.named)
        if template:
            cause = f"{template} has no parameter {parameter!r}; Azure would reject it"
            advice = "remove it, or pass the template that declares it"
        raise unreadable(parameters, cause, advice)

    def _imply(self) -> None:
        """Add what new resources imply."""
        for resource_id in list(self.new):
            resource = self.kept[resource_id]
            for each in implied_by(resource, self._current):
                call = self._call_for(resource, "implied")
                self._note_gaps(each)
                self._keep_document(each, resource.origin, call)
        self._write()

    def _show_parts(self) -> None:
        """Include declared children in their parents' documents, where Azure does so."""
        for resource_id in sorted(self.declared):
            part = self.kept[resource_id]
            parent = self._current(parent_of(resource_id)) if is_part(part) else None
            if parent:
                self._replace(with_part(parent, part), self._call_for(part, "shown"))
        self._write()

    def _put_together(self) -> None:
        """Update resources of one file with connections and changes that other files declare."""
        for endpoint in () if self.live else sorted(self.declared):
            for target in newly_connected(self.kept[endpoint], self._declared):
                self._replace(target, self._call_for(target, "connected"))
        endpoints = (opened_by(self.kept[each], self._current_of) for each in sorted(self.declared))
        others = (opened_to(each, self._current_of) for each in self._hidden)
        for target in chain.from_iterable(chain(endpoints, others)):
            self._replace(target, self._call_for(target, "opened"))
        for resource_id, gaps in self._changed_elsewhere:
            if gaps and (current := self._current(resource_id)):
                self._replace(hidden(current, gaps), self._call_for(current, "opened"))
        self._write()

    def _call_for(self, resource: Resource, what: str) -> int:
        """Return the number of the call that records what is done to resources of a file.

        Args:
            resource: One of them.
            what: What is done to them.
        """
        source, at = resource.origin.source, resource.origin.collected_at
        key = (what, source, at)
        if key not in self._calls:
            self._calls[key] = self.writer.add_call(Call("FILE", source, "", what, at))
        return self._calls[key]

    def _declared(self, resource_id: str) -> Resource | None:
        """Return a declared resource, None if it is not declared."""
        return self.kept[resource_id] if resource_id in self.declared else None

    def _current(self, resource_id: str) -> Resource | None:
        """Return a resource as known so far, None if it does not exist."""
        return self.kept.get(resource_id) or self._existing(resource_id)

    def _current_of(self, arm_type: str) -> Iterator[Resource]:
        """Yield the resources of a type as known so far."""
        ids = {each.id for each in self.kept.values() if each.type == arm_type}
        ids.update(self.live.ids_of_type(arm_type) if self.live else ())
        yield from filter(None, map(self._current, sorted(ids)))

    def _existing(self, resource_id: str) -> Resource | None:
        """Return a resource as it is before its next declaration, None if it does not exist."""
        if self.live is None:
            return None
        if changed := self.kept.get(resource_id):
            return changed
        is_there = self._removed.isdisjoint(scopes_of(resource_id))
        return self.live.get(resource_id) if is_there else None

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
                raise not_beside_snapshot(path)
            found = contents_of(file, kind)
        except AmlauditError as error:
            if named:
                raise
            kind, detail = None, f"{name}: {error.cause}"
            found = [Found(gap=Gap(ROOT, f"content of {name}", Reason.UNSUPPORTED, detail))]
        is_understood = kind is not None or any(map(says_something, found))
        if named and not is_understood:
            raise without_resources(path, file.value)
        self.is_understood |= is_understood
        self._has_deployment |= kind is not None
        self._take_contents(found, name, modified(path))

    def _take_contents(self, contents: Sequence[Found], source: str, at: datetime) -> None:
        """Take in what a file contains.

        Args:
            contents: What it contains.
            source: Its name in reports.
            at: When it was last changed, UTC.
        """
        call = self.writer.add_call(Call("FILE", source, "", "read", at))
        self._learn_principals(contents)
        self._linked |= {each.linked for each in contents if each.linked}
        for each in contents:
            self._note_gaps(each)
            if each.gone:
                self._write()
                self.writer.remove(each.gone)
                self._removed.add(each.gone)
            self._keep_document(each, Origin(source, encodable(each.api_version), at), call)
        self._write()

    def _note_gaps(self, found: Found) -> None:
        """Record what an item says is missing."""
        if found.document is None and found.gap:
            self.writer.add_gap(found.gap)
            self._changed_elsewhere.append((found.gap.scope_id, found.gaps))
        if found.unseen and not found.shown:
            self._hidden.append(found.unseen)
        if found.unseen and self.live:
            withdraw(found.unseen, self.writer)

    def _write(self) -> None:
        """Write what has been collected so far to the snapshot."""
        for call, resources in self._unwritten.items():
            self.writer.add_resources(resources, call)
        self._unwritten.clear()

    def _learn_principals(self, found: Iterable[Found]) -> None:
        """Record the object ids of declared resources that already exist."""
        if self.live is None:
            return
        for each in found:
            for resource in resources_of(each.document or {}, _ANY_ORIGIN) if each.declared else ():
                if existing := self._existing(resource.id):
                    self.principals |= principals_of(existing)

    def _keep_document(self, found: Found, origin: Origin, call: int) -> None:
        """Keep the resources of one document, and what it proves about their children."""
        resources = resources_of(
            found.document or {},
            origin,
            gaps=found.gaps,
            written=found.written,
            declared=found.declared,
        )
        for number, resource in enumerate(resources):
            existing = self._existing(resource.id)
            if existing and found.left_alone:
                continue
            if existing:
                self._replace(laid_over(existing, self._settled(resource), whole=found.whole), call)
            elif found.declared:
                made = self._settled(resource)
                if found.api_version == AS_DECLARED:
                    made = with_its_versions_defaults(made)
                self._keep(in_current_form(made), found, call)
            else:
                self._keep(self._settled(resource), found, call)
                # A document of its own says more than one that embeds it.
                for each in also_listed(resource):
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
            resource = with_assigned(resource, self._existing)
        if not self.principals:
            return resource
        body = {key: with_principals(each, self.principals) for key, each in resource.body.items()}
        return replace(resource, body=body)

    def _replace(self, resource: Resource, call: int) -> None:
        """Keep a resource in place of what was known of it so far."""
        self._unwritten[call].append(resource)
        self.kept[resource.id] = resource

    def _connect(self, endpoint: Resource, call: int) -> None:
        """Add a declared private endpoint to existing resources that are not declared."""
        for target, connection in connections_of(endpoint).items():
            existing = self._existing(target)
            if existing and target not in self.declared:
                self._replace(connected(existing, connection), call)

    def _keep(self, resource: Resource, found: Found, call: int) -> None:
        """Keep a resource; of several documents, the first that shows its properties.

        Where two deployments differ, the value is unknown, but one that leaves the resource
        unchanged does not contradict the other.
        """
        source, earlier = resource.origin.source, self.kept.get(resource.id)
        is_declared_twice = found.declared and resource.id in self.declared
        is_change = resource.id in self._left_alone and not found.left_alone
        is_fuller = bool(earlier and earlier.gaps) and not resource.gaps and not is_declared_twice
        if earlier is None or is_fuller or is_change:
            self._replace(resource, call)
            if found.left_alone:
                self._left_alone.add(resource.id)
            else:
                self._left_alone.discard(resource.id)
        elif found.left_alone:
            return
        elif is_declared_twice and source != earlier.origin.source:
            self._keep_agreed(earlier, resource, call)
        elif differ(earlier, resource) and not resource.gaps:
            evaluated = f"the one in {earlier.origin.source} was evaluated"
            detail = f"{source} has a different document for it; {evaluated}"
            self._note_other_document(resource, detail)

    def _keep_agreed(self, earlier: Resource, other: Resource, call: int) -> None:
        """Keep what two declarations of a resource agree on."""
        both = agreed(earlier, other)
        if both is not earlier:
            self._replace(both, call)
            names = f"{other.origin.source} and {both.origin.source}"
            detail = f"{names} declare it differently; where they differ, the value is unknown"
            self._note_other_document(other, detail)

    def _note_other_document(self, resource: Resource, detail: str) -> None:
        """Record that there is another document of a resource."""
        part = f"document in {resource.origin.source}"
        self.writer.add_gap(Gap(resource.id, part, Reason.UNSUPPORTED, detail))
