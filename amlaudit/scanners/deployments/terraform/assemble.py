"""A plan as ARM documents: what each declaration says, and what they say of each other."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.arm_id import ROOT
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import ABSENT, read
from amlaudit.core.place import Written
from amlaudit.core.relations import PRIVATE_ENDPOINT, ROLE_ASSIGNMENT, ROLE_DEFINITION
from amlaudit.core.resource import AS_DECLARED
from amlaudit.scanners.deployments.creators import creators_in
from amlaudit.scanners.deployments.declaration import Unresolved, declared
from amlaudit.scanners.deployments.entry import Entry
from amlaudit.scanners.deployments.implied import service_with
from amlaudit.scanners.deployments.links import complete
from amlaudit.scanners.deployments.terraform import azapi
from amlaudit.scanners.deployments.terraform.attributes import Attributes
from amlaudit.scanners.deployments.terraform.changes import Change
from amlaudit.scanners.deployments.terraform.commands import commands_in
from amlaudit.scanners.deployments.terraform.convert import (
    Body,
    Draft,
    Versions,
    leaves,
    put,
    write,
)
from amlaudit.scanners.deployments.terraform.identifiers import Identifiers, Sources
from amlaudit.scanners.deployments.terraform.mapping import COMMON, ResourceMap, resource_map
from amlaudit.scanners.deployments.terraform.plan import Declaration, Plan
from amlaudit.scanners.deployments.terraform.references import References
from amlaudit.scanners.deployments.terraform.versions import constrained, narrowed
from amlaudit.scanners.files.found import ANYTHING, Found
from amlaudit.scanners.files.input import Home

_PROVIDERS: Final = ("azurerm_", "azapi_")
_TEMPLATES: Final = (
    "template_deployment",
    "blueprint_assignment",
    "managed_application",
    "deployment_script_azure_cli",
    "deployment_script_azure_power_shell",
)
"""Name suffixes of resources that may create any others, so that nothing is seen completely."""
_PARTIAL: Final = "the plan is incomplete: it covers only selected targets, or ended with an error"


class PlanEntry(Entry):
    """A document of a plan being assembled.

    Attributes:
        declaration: What declares it.
        api_version: API version that it is written for.
        is_whole: The declaration is of the resource itself, and not of one that contains it.
    """

    declaration: Declaration
    api_version: str
    is_whole: bool


class Assembly:
    """Assembles the documents of one plan.

    Attributes:
        references: The references of the plan.
        entries: The documents, by normalised id.
        gaps: What the plan leaves open.
        changed: Gaps in resources that the plan changes but does not show.
        gone: Normalised ids of what the plan destroys.
    """

    def __init__(self, plan: Plan, home: Home, names_in_source: Sources) -> None:
        """Begin with no documents.

        Args:
            plan: The plan.
            home: Where its declarations go if they do not say so.
            names_in_source: See `Sources`.
        """
        self.references = References(plan)
        self.entries: dict[str, PlanEntry] = {}
        self.gaps: list[Gap] = []
        self.changed: list[Found] = []
        self._plan = plan
        self._versions = constrained(plan)
        self._identifiers = Identifiers(plan, self.references, home, names_in_source)
        self.gone = [*filter(None, map(self._identifiers.id_before, plan.gone))]
        self._unplaced: dict[str, str] = {}
        """Types of resources that may be attached to any other, and the address of one of each."""
        self._attached_somewhere: dict[str, set[str]] = {}
        """By id of a resource: types of what is attached to it or to a part of it."""
        self._unread: list[Gap] = []
        """What creates resources that the plan does not show, because it is not read."""
        self._makes_more = False
        """The plan may create resources that it does not show."""

    def assemble(self) -> None:
        """Convert every declaration, apply those that change others, then complete all of them."""
        self._note_what_is_not_shown()
        for each in self._plan.declarations:
            if not _changes_another(each):
                self._convert(each)
        self._name_own_roles()
        for each in self._plan.gone:
            if not azapi.is_update(each) and _changes_another(each):
                self._change(each, is_gone=True)
        for each in self._plan.declarations:
            if _changes_another(each):
                self._change(each)
        self._note_creators()
        endpoints = (each for each in self.entries.values() if each.type == PRIVATE_ENDPOINT)
        some_put_off = any(each.declaration.put_off for each in endpoints)
        complete(self.entries, may_lack_endpoints=self._makes_more or some_put_off)

    def _note_what_is_not_shown(self) -> None:
        """Record the gaps of what stays of replaced resources, and of a plan that is not whole."""
        for each in self._plan.deposed:
            self._leave_behind(each, "deposed", "which exists until destroyed")
        for each in self._plan.forgotten:
            self._leave_behind(each, "forgotten", "which stays, managed by nobody")
        if not self._plan.is_whole:
            rest = Gap(ROOT, "the rest of the plan", Reason.UNRESOLVED, _PARTIAL)
            self.gaps.append(rest)
            self._unread.append(rest)

    def _note_creators(self) -> None:
        """Record the gaps of what may create other resources."""
        creators = [*creators_in(self.entries)]
        commands = [*commands_in(self._plan, self.references)]
        self.gaps += creators + commands
        applied = (each for each in creators if self.entries[each.scope_id].declaration.is_applied)
        self._unread += applied
        templates = (each.type.endswith(_TEMPLATES) for each in self._plan.declarations)
        self._makes_more = bool(self._unread or creators or commands) or any(templates)

    def found(self, entry: PlanEntry, written: Written) -> Found:
        """Return a document as evidence."""
        result = declared(
            entry.body, api_version=entry.api_version, written=written, is_new=entry.is_new
        )
        if self._makes_more:
            return replace(result, seen=())
        hidden = set(self._unplaced)
        if self._attached_somewhere:
            for scope in arm_id.scopes_of(arm_id.normalise(entry.id)):
                hidden |= self._attached_somewhere.get(scope, set())
        return replace(result, seen=tuple(each for each in result.seen if each not in hidden))

    def unseen(self) -> Iterator[Found]:
        """Yield what the plan adds without showing it, or without naming what it adds it to."""
        for gap in self._unread:
            yield Found(unseen=replace(gap, part=ANYTHING))
        for kind, address in self._unplaced.items():
            detail = f"{address} is one, and what it belongs to is known after apply"
            yield Found(unseen=Gap(ROOT, kind, Reason.UNRESOLVED, detail), shown=True)

    def _leave_behind(self, declaration: Declaration, how: str, until: str) -> None:
        """Record the gap of an object that its address no longer declares, if it is of Azure."""
        if not declaration.type.startswith(_PROVIDERS):
            return
        scope = self._identifiers.id_before(declaration) or ROOT
        detail = f"{declaration.address} has a {how} object of it, {until}"
        gap = Gap(scope, f"{how} {declaration.address}", Reason.NOT_COLLECTED, detail)
        self.gaps.append(gap)

    def _convert(self, declaration: Declaration) -> None:
        """Add the documents of a declaration."""
        mapped = resource_map(declaration.type)
        if declaration.is_data and not (mapped and mapped.also_data):
            return
        if declaration.type == azapi.AZAPI:
            self._convert_azapi(declaration)
        elif mapped and self._identifiers.id_of(declaration):
            self._convert_mapped(declaration, mapped)
        elif declaration.type.startswith(_PROVIDERS) and not declaration.is_data:
            detail = f"{declaration.type} is a resource that this version does not support"
            gap = Gap(ROOT, declaration.address, Reason.UNSUPPORTED, detail)
            self.gaps.append(gap)
            if declaration.type.endswith(_TEMPLATES) and declaration.is_applied:
                self._unread.append(gap)

    def _convert_azapi(self, declaration: Declaration) -> None:
        """Add the document of an azapi resource."""
        attributes = self._identifiers.attributes(declaration)
        resource_id = self._identifiers.id_of(declaration)
        if not resource_id:
            part, detail = declaration.address, "its type is known after apply"
            gap = Gap(ROOT, part, Reason.UNRESOLVED, detail)
            self.gaps.append(gap)
            self._unread.append(gap)
            return
        draft = Draft(azapi.body_of(declaration, attributes))
        put(draft.body, ("apiVersion",), azapi.version_of(declaration))
        write(COMMON, attributes, Versions(), draft)
        if declaration.put_off or not self._identifiers.is_placed(declaration):
            self._unplaced[arm_id.type_of(arm_id.normalise(resource_id))] = declaration.address
        if azapi.may_hide_more(attributes):
            key, part = arm_id.normalise(resource_id), "sensitive_body"
            detail = f"{part} of {declaration.address} is write-only, and therefore never in a plan"
            self.gaps.append(Gap(key, part, Reason.UNSUPPORTED, detail))
        self._add(declaration, resource_id, draft.body, azapi.version_of(declaration))

    def _convert_mapped(self, declaration: Declaration, mapped: ResourceMap) -> None:
        """Add the document of a mapped resource, and those of the children embedded in it."""
        if target := self._identifiers.vague_target_of(declaration, mapped):
            self._leave_open(declaration, mapped, target)
            return
        attributes = self._identifiers.attributes(declaration)
        resource_id = self._identifiers.id_of(declaration)
        draft = _fixed(mapped)
        write(
            (*COMMON, *mapped.rows),
            attributes,
            narrowed(self._versions, mapped, declaration.values),
            draft,
        )
        strangers = self._strangers(declaration, mapped, resource_id)
        self._hide(draft.body, mapped, is_whole=declaration.is_new and not strangers)
        for name in strangers[:1]:  # whatever property it sets
            why = f"{name} may set it, which this version does not support"
            rest = Unresolved(why, Reason.UNSUPPORTED, is_rest=True)
            put(draft.body, ("properties", FURTHER), rest)
        if declaration.put_off or not self._identifiers.is_placed(declaration):
            self._unplaced[mapped.arm_type.lower()] = declaration.address
        self._add(declaration, resource_id, draft.body, AS_DECLARED)
        for name, body in draft.children:
            self._add(declaration, f"{resource_id}/{name}", body, AS_DECLARED)

    def _name_own_roles(self) -> None:
        """Resolve the names of custom roles in assignments to roles of the plan."""
        roles = [each for each in self.entries.values() if each.type == ROLE_DEFINITION]
        ids = {str(read(each.body, ("properties", "roleName"))): each.id for each in roles}
        for entry in self.entries.values():
            name = entry.declaration.values.get("role_definition_name")
            if entry.type == ROLE_ASSIGNMENT and isinstance(name, str) and name in ids:
                put(entry.body, ("properties", "roleDefinitionId"), ids[name])

    def _leave_open(self, declaration: Declaration, mapped: ResourceMap, target: str) -> None:
        """Record that something is attached to a resource or to a part of it."""
        kind = mapped.arm_type.lower()
        self._attached_somewhere.setdefault(target, set()).add(kind)
        detail = f"{declaration.address} is attached to it or to a part of it: known after apply"
        self.gaps.append(Gap(target, kind, Reason.UNRESOLVED, detail))

    def _strangers(
        self, declaration: Declaration, mapped: ResourceMap, resource_id: str
    ) -> list[str]:
        """Return the attributes that are set but not mapped, each of which is a gap."""
        found = [
            name
            for name, value in ({} if mapped.unread else declaration.values).items()
            if value not in (None, "", [], {}, False) and not mapped.knows(name)
        ]
        for name in found:
            detail = (
                f"{name} of {declaration.type} is an argument that this version does not support"
            )
            self.gaps.append(Gap(arm_id.normalise(resource_id), name, Reason.UNSUPPORTED, detail))
        return found

    def _hide(self, body: Body, mapped: ResourceMap, *, is_whole: bool) -> None:
        """Mark what a document leaves out although nothing says that it is unknown."""
        if mapped.unread:
            why = Unresolved(f"{mapped.name} is known by name only", Reason.UNSUPPORTED)
            put(body, ("properties",), why)
            return
        why = Unresolved(f"{mapped.name} has no attribute for it", Reason.NOT_COLLECTED)
        hidden = mapped.unknown if is_whole else (*mapped.unknown, *mapped.unsent)
        for path in hidden:
            if read(body, path) is ABSENT:
                put(body, path, why)

    def _add(
        self, declaration: Declaration, resource_id: str, body: Body, api_version: str
    ) -> None:
        """Add a document under its id; the first one that a plan has for an id counts.

        What an existing resource shows of another one may be its state before the plan, so that
        the declaration of that one itself comes first, and so does its end.
        """
        key = arm_id.normalise(resource_id)
        name = resource_id.rpartition("/")[2]
        whole = {"id": resource_id, "name": name, **body}
        if "properties" not in whole:
            whole["properties"] = {}
        entry = PlanEntry(
            id=resource_id,
            type=arm_id.type_of(key),
            body=whole,
            address=declaration.address,
            is_new=declaration.is_new,
            declaration=declaration,
            api_version=api_version,
            is_whole=resource_id == self._identifiers.id_of(declaration),
        )
        other = self.entries.get(key)
        if other is None:
            if not (_is_mirror(entry) and key in self.gone):
                self.entries[key] = entry
        elif _is_mirror(entry) and other.is_whole:
            _complete_from(entry, other)
        elif _is_mirror(other) and entry.is_whole:
            _complete_from(other, entry)
            self.entries[key] = entry
        else:
            detail = (
                f"{declaration.address} also declares it; "
                f"the declaration of {other.address} was evaluated"
            )
            self.gaps.append(Gap(key, declaration.address, Reason.UNSUPPORTED, detail))

    def _change(self, declaration: Declaration, *, is_gone: bool = False) -> None:
        """Apply a declaration that changes another resource to that one's document.

        Args:
            declaration: The declaration.
            is_gone: The plan destroys it.
        """
        target, arm_type, change = self._change_by(declaration)
        if is_gone:
            change = change.undone(Unresolved(f"{declaration.address} is destroyed"))
        elif declaration.put_off:
            change = change.hidden(Unresolved(f"{declaration.address} is deferred to a later plan"))
        if isinstance(target, Unresolved):
            self.gaps.append(Gap(ROOT, declaration.address, Reason.UNRESOLVED, target.why))
            for entry in self.entries.values():
                if entry.type == arm_type.lower():
                    change.hidden(target).apply(entry.body)
            return
        self._add_service(declaration, target)
        if changed := self.entries.get(arm_id.normalise(target)):
            change.apply(changed.body)
        elif arm_id.normalise(target) not in self.gone:
            detail = f"{declaration.address} changes it, but the plan does not show the rest of it"
            key = arm_id.normalise(target)
            gap = Gap(key, declaration.address, Reason.NOT_COLLECTED, detail)
            self.changed.append(Found(gap=gap, gaps=change.gaps(replace(gap, part=""))))

    def _add_service(self, declaration: Declaration, target: str) -> None:
        """Add the changed service of a new account, which has it without declaring it."""
        key = arm_id.normalise(target)
        account = self.entries.get(arm_id.parent_of(key))
        if key in self.entries or not account or not account.is_new:
            return
        properties = service_with(key, account.body.get("kind"))
        if properties is not None:
            self._add(declaration, target, {"properties": properties}, AS_DECLARED)

    def _change_by(self, declaration: Declaration) -> tuple[str | Unresolved, str, Change]:
        """Return the id and ARM type of what a declaration changes, and the change."""
        mapped = resource_map(declaration.type)
        attributes = self._identifiers.attributes(declaration)
        if mapped:
            change = self._mapped_change(declaration, mapped, attributes)
            return self._identifiers.target_of(declaration, mapped), mapped.arm_type, change
        arm_type = azapi.type_in(declaration)
        target = self._identifiers.updated_by(declaration)
        return target, arm_type, Change(azapi.body_of(declaration, attributes))

    def _mapped_change(
        self, declaration: Declaration, mapped: ResourceMap, attributes: Attributes
    ) -> Change:
        """Return the change to another resource that a mapped declaration makes."""
        draft = _fixed(mapped)
        write(mapped.rows, attributes, narrowed(self._versions, mapped, declaration.values), draft)
        return Change(draft.body, mapped.append, mapped.same)


def _fixed(mapped: ResourceMap) -> Draft:
    """Return a document with what all resources of a kind have in common."""
    draft = Draft()
    for path, value in mapped.fixed.items():
        put(draft.body, path, value)
    return draft


def _is_mirror(entry: PlanEntry) -> bool:
    """Tell whether a document is what an existing resource shows of another one, as of subnets."""
    return not entry.is_whole and not entry.is_new


def _complete_from(mirror: PlanEntry, whole: PlanEntry) -> None:
    """Write what only a mirror shows of a resource into the resource's own document."""
    for path in () if whole.is_new else tuple(leaves(whole.body)):
        own, shown = read(whole.body, path), read(mirror.body, path)
        is_open = isinstance(own, Unresolved) and own.reason is Reason.NOT_COLLECTED
        if is_open and shown is not ABSENT:
            put(whole.body, path, shown)


def _changes_another(declaration: Declaration) -> bool:
    """Tell whether a declaration is not a resource of its own."""
    mapped = resource_map(declaration.type)
    return azapi.is_update(declaration) or bool(mapped and mapped.into)
