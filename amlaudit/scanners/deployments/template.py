"""Deployment templates with their parameters files: what will exist after the deployment.

https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final
from weakref import proxy

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.arm_id import ROOT, normalise, parent_of, subscription_of, type_of
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import Place, Written
from amlaudit.core.relations import PRIVATE_ENDPOINT, WORKSPACE
from amlaudit.core.resource import AS_DECLARED
from amlaudit.language.expressions import is_expression
from amlaudit.scanners.deployments.complete_mode import deletions
from amlaudit.scanners.deployments.creators import creators_in, requested_in
from amlaudit.scanners.deployments.declaration import declared
from amlaudit.scanners.deployments.diagnostics import Hidden, unexported, vouched_for
from amlaudit.scanners.deployments.document_paths import is_unknown
from amlaudit.scanners.deployments.entry import Entry
from amlaudit.scanners.deployments.home_group import home_of
from amlaudit.scanners.deployments.links import complete
from amlaudit.scanners.deployments.parameters_file import parameters_in
from amlaudit.scanners.deployments.templates.context import Budget
from amlaudit.scanners.deployments.templates.deployment import Deployment
from amlaudit.scanners.deployments.templates.derived import derived, derived_of, scope_of
from amlaudit.scanners.deployments.templates.parameters import (
    Given,
    filled,
    given_in,
    unavailable,
)
from amlaudit.scanners.deployments.templates.pending import Runtime, pending, spelled
from amlaudit.scanners.deployments.templates.resource import Declared, Member
from amlaudit.scanners.deployments.templates.scope import Source, context_of
from amlaudit.scanners.deployments.templates.spelling import TwoSpellingsError, respelled
from amlaudit.scanners.deployments.templates.target import Level, Target, split_name
from amlaudit.scanners.deployments.templates.wrapped import Wrapped, is_template, unwrapped
from amlaudit.scanners.files.found import ANYTHING, Found
from amlaudit.scanners.files.input import Home, Input, read_input, unreadable
from amlaudit.scanners.files.json_values import object_of

_MAX_RESOURCES: Final = 10_000
"""Maximum number of resources in one deployment, including everything nested in it."""

_LINKED: Final = "the deployment takes its parameters from a file that it links to"
_ANY: Final = "resource"
_MAY_HOLD_ANYTHING: Final = late_pattern(f"microsoft.resources/deployments|/providers/|^{_ANY}$")
"""Omitted types that do not determine which resources they stand for."""

_LEVELS: Final = {
    "subscriptiondeploymenttemplate": Level.SUBSCRIPTION,
    "managementgroupdeploymenttemplate": Level.MANAGEMENT_GROUP,
    "tenantdeploymenttemplate": Level.TENANT,
}


def recognise(value: object) -> bool:
    """Tell whether a file is a deployment template, or contains one."""
    return unwrapped(value) is not None


def contents(file: Input) -> Iterator[Found]:
    """Yield what a template declares, with the values of its parameters files."""
    wrapped = unwrapped(file.value)
    if not wrapped:
        return
    given: Given = given_in(wrapped.parameters, _passed_on)
    if wrapped.parameters_link is not None:
        given = unavailable(wrapped.source.template, pending(_LINKED))
    for each in file.parameters:
        given = {**given, **given_in(parameters_in(each.value), filled)}
    file = replace(file, value=None)  # evaluation results refer to the file, and live longer
    try:
        yield from _collected(file, wrapped, given).contents()
    except RecursionError as error:
        raise AmlauditError(
            "E309",
            f"{file.name} is too deeply nested or chained to be evaluated",
            cause="a value depends on a chain of several hundred others",
            advice="use what-if results instead: az deployment group what-if",
            exit_code=Exit.INPUT_OUTPUT,
        ) from error
    except TwoSpellingsError as error:
        raise unreadable(file.path, str(error), "remove one of them") from error


def _passed_on(value: object) -> object:
    """Return a parameter's value; a blueprint may pass one of its own parameters."""
    is_passed_on = isinstance(value, str) and is_expression(value)
    return pending(f"{value} is set where the template is used") if is_passed_on else value


def _collected(file: Input, wrapped: Wrapped, given: Given) -> "_Collected":
    """Return what a template declares, located by its own links if no target is given."""
    files = ", ".join([file.name, *(each.name for each in file.parameters)])
    complete = wrapped.is_complete
    collected = _Collected(file, wrapped.linked, Budget(files=files), complete)
    collected.deploy(wrapped.source, given)
    home = collected.home()
    if home:
        located = replace(file, home=home)
        collected = _Collected(located, wrapped.linked, Budget(files=files), complete)
        collected.deploy(wrapped.source, given)
    collected.not_exported(wrapped.error)
    return collected


class _Collected(Struct, weakref=True):
    """Everything that one template declares, nested deployments included.

    Attributes:
        file: The template's file.
        linked: The templates that it links to and that the same file contains, by their paths.
        budget: How much evaluation is allowed.
        is_complete: It is deployed in complete mode.
        _resources: The resources, by normalised id.
        _deployments: The nested deployments, by normalised id.
        _left_out: Gaps for what is declared but unknown.
        _hidden: What there may be besides the resources.
        _files: The linked templates, by their paths relative to the main one's.
    """

    file: Input
    linked: Mapping[str, Source]
    budget: Budget
    is_complete: bool
    _resources: dict[str, Declared] = field(default_factory=dict)
    _deployments: dict[str, Deployment] = field(default_factory=dict)
    _left_out: list[Found] = field(default_factory=list)
    _hidden: Hidden = field(default_factory=Hidden)
    _files: dict[str, Input] = field(default_factory=dict)

    def deploy(self, source: Source, given: Given) -> None:
        """Record what a template declares."""
        schema = str(source.template.get("$schema") or "").lower()
        level = next((each for name, each in _LEVELS.items() if name in schema), Level.GROUP)
        target = self._target(level)
        # Contexts refer to themselves, and would keep everything declared alive.
        collector = proxy(self)
        context = context_of(source, given, target, "deployment", collector)
        Deployment(collector, context, target, source).unfold()

    def home(self) -> Home | None:
        """Return the deployment's target according to its links; None: it is given, or unknown."""
        if self.file.home != Home():
            return None
        workspaces = (each for each in self._resources.values() if each.type.lower() == WORKSPACE)
        return home_of((each.document() for each in workspaces), self._resources)

    def contents(self) -> Iterator[Found]:
        """Yield declared resources, a gap for each that is unknown, and the linked files.

        Callable once: what has been yielded is released.
        """
        yield from self._resource_contents()
        yield from self._left_out
        yield from (Found(linked=file.path.resolve()) for file in self._files.values())

    def _target(self, level: Level) -> Target:
        """Return where the template is deployed.

        Raises:
            AmlauditError: It is needed but unknown.
        """
        home = self.file.home
        if home.there and level is Level.GROUP and not (home.group and home.subscription):
            raise AmlauditError(
                "E302",
                f"The resource group that {self.file.name} is deployed to is unknown",
                cause=home.doubt,
                advice="specify one with --resource-group that occurs once in the snapshot, or "
                "pass a snapshot of one subscription",
                exit_code=Exit.USAGE,
            )
        known = {"subscription": home.subscription, "group": home.group}
        return Target(level, **{key: value for key, value in known.items() if value})

    def add(self, resource: Declared) -> None:
        """See `Collector.add`: of two declarations, the first one sure to be deployed counts."""
        if len(self._resources) >= _MAX_RESOURCES:
            raise AmlauditError(
                "E309",
                f"{self.file.name} declares more than {_MAX_RESOURCES:,} resources",
                cause="its copy loops multiply",
                advice="check the counts of its loops",
                exit_code=Exit.INPUT_OUTPUT,
            )
        key = normalise(spelled(resource.id))
        earlier = self._resources.get(key)
        if earlier is None or earlier.member.is_existing or earlier.condition:
            self._resources[key] = resource
        elif not resource.member.is_existing and not resource.condition:
            place = self._place(resource.member)
            detail = f"{place} also declares it; the first declaration was evaluated"
            part = f"declaration at {place}"
            self._left_out.append(Found(gap=Gap(key, part, Reason.UNSUPPORTED, detail)))

    def add_deployment(self, resource_id: str, deployment: Deployment) -> None:
        """See `Collector.add_deployment`."""
        self._deployments.setdefault(resource_id, deployment)

    def leave_out(self, member: Member, scope: object, why: str) -> None:
        """See `Collector.leave_out`."""
        place = self._place(member)
        kind = member.type.lower() or _ANY
        detail = f"{place}: a {kind} cannot be determined before deployment: {why}"
        above = normalise(spelled(scope)) if spelled(scope) else ROOT
        gap = Gap(above, f"{kind} at {place}", Reason.UNRESOLVED, detail)
        part = ANYTHING if _MAY_HOLD_ANYTHING.search(kind) else kind
        self._left_out.append(Found(gap=gap, unseen=replace(gap, part=part)))
        self._hidden.add(part)

    def not_exported(self, error: object) -> None:
        """Record what an export says that it does not include."""
        for gap in unexported(error, self.file.name):
            part = gap.part if "/" in gap.part else ANYTHING
            self._left_out.append(Found(gap=gap, unseen=replace(gap, part=part)))
            self._hidden.add(gap.part)

    def load(self, path: str) -> Source | None:
        """See `Collector.load`."""
        if inside := self.linked.get(path):
            return inside
        found = self._load(path, lambda value: object_of(value) if is_template(value) else None)
        return Source(respelled(found), path) if found is not None else None

    def load_parameters(self, path: str) -> Mapping[str, Any] | None:
        """See `Collector.load_parameters`."""
        return self._load(path, parameters_in)

    def _load(
        self, path: str, part: Callable[[object], Mapping[str, Any] | None]
    ) -> Mapping[str, Any] | None:
        """Return the part of a file that a deployment links to, None if there is none."""
        beside = self.file.path.parent / path
        try:
            file = read_input(beside, path) if beside.is_file() else None
            found = part(file.value) if file else None
        except (OSError, ValueError, RecursionError):
            return None
        if file and found is not None:
            self._files[path] = file
        return found

    def reference(self, resource: object, *, full: bool) -> object:
        """See `Registry.reference`."""
        resource_id = normalise(spelled(resource))
        if deployment := self._deployments.get(resource_id):
            outputs = {"outputs": deployment.outputs(), "provisioningState": "Succeeded"}
            return {"properties": outputs} if full else outputs
        found = self._resources.get(resource_id)
        if found is None or found.member.is_existing or self._is_left_alone(found):
            return self._existing(resource_id, full=full) or _derived(resource, found, full=full)
        return found.reference(full=full)

    def existing(self, resource: object, *, full: bool) -> object:
        """See `Registry.existing`."""
        there = self.file.home.there
        if there is None or not isinstance(resource, str):
            return pending("whether the resource exists already is not known")
        resource_id = normalise(resource)
        if there(resource_id) is None:
            return None
        known = self._existing(resource_id, full=full)
        return Runtime({"id": resource_id, **known}, resource_id) if full else known

    def group(self, group_id: str, keys: Collection[str]) -> Mapping[str, object]:
        """See `Registry.group`."""
        found = self._resources.get(group_id)
        if found is None or found.member.is_existing or self._is_left_alone(found):
            there = self._existing(group_id, full=True)
            return {key: there[key] for key in keys if key in there}
        return found.parts(keys)

    def _is_left_alone(self, resource: Declared) -> bool:
        """Tell whether a resource that already exists stays unchanged."""
        there = self.file.home.there
        if not resource.member.is_once or not there:
            return False
        return there(normalise(spelled(resource.id))) is not None

    def _existing(self, resource_id: str, *, full: bool) -> Runtime:
        """Return what is known of an existing resource; nothing, if it does not exist."""
        found = self.file.home.there(resource_id) if self.file.home.there else None
        if found is None or is_unknown(found, ()):
            return Runtime({}, resource_id)
        body = found.body if full else object_of(found.body.get("properties"))
        hidden = {step for path, _ in found.gaps for step in path[:2]}
        known = {key: value for key, value in body.items() if key.lower() not in hidden}
        return Runtime(known, resource_id)

    def _resource_contents(self) -> Iterator[Found]:
        """Yield the resources, including what they say of each other."""
        ours = {key: each for key, each in self._resources.items() if not each.member.is_existing}
        written = {key: self._written(each.member) for key, each in ours.items()}
        entries = {
            key: Entry(
                spelled(each.id),
                type_of(key),
                each.document(),
                str(written[key].place),
                is_new=True,
            )
            for key, each in ours.items()
        }
        yield from requested_in(entries)
        yield from self._hidden.add_anything(creators_in(entries))
        for key in [key for key, each in ours.items() if not each.is_placed(ours)]:
            self._hidden.types.add(type_of(key))
            place = written[key].place
            detail = f"{place} declares one, whose parent is decided only at deployment"
            unseen = Gap(subscription_of(key), type_of(key), Reason.UNRESOLVED, detail)
            yield Found(unseen=unseen, shown=True)
        astray = self._astray(ours)
        complete(entries, may_lack_endpoints=self._hidden.hides(PRIVATE_ENDPOINT))
        if self.is_complete:
            unnamed = {type_of(key) for key, each in ours.items() if not each.is_named}
            yield from deletions(
                self.file, ours, lambda kind: kind in unnamed or self._hidden.hides(kind)
            )
        self._forget()
        for key in list(ours):
            resource = ours.pop(key)
            found = self._as_found(resource, entries.pop(key), written[key])
            if not resource.is_named:
                sure = (each for each in found.seen if (type_of(key), each) not in astray)
                found = replace(found, seen=tuple(sure))
            yield found

    def _astray(self, ours: Mapping[str, Declared]) -> set[tuple[str, str]]:
        """Return the (parent type, type) pairs of resources that are under an undeclared name.

        A resource whose name is unknown may turn out to have that name.
        """
        above = {key: parent_of(key) for key in ours}
        return {
            (type_of(parent), type_of(key))
            for key, parent in above.items()
            if parent not in self._resources
        }

    def _forget(self) -> None:
        """Release the resources, which keep each other alive through their expressions."""
        for each in self._resources.values():
            each.context.symbols.clear()
        self._resources.clear()
        self._deployments.clear()

    def _file(self, member: Member) -> Input:
        """Return the file that declares a resource: the template's, or a linked one."""
        return self._files.get(member.file, self.file)

    def _place(self, member: Member) -> Place:
        """Return where a resource is declared."""
        return self._file(member).place(member.pointer)

    def _written(self, member: Member) -> Written:
        """Return where a resource and its properties are declared."""
        return self._file(member).written(member.pointer)

    def _as_found(self, resource: Declared, entry: Entry, written: Written) -> Found:
        """Return the evidence for one resource."""
        place, resource_id = written.place, normalise(entry.id)
        if self._is_left_alone(resource):
            return Found({"id": entry.id}, written=written, declared=True, left_alone=True)
        if not type_of(resource_id):
            detail = f"{place}: {resource.type} is not an Azure Resource Manager resource"
            return Found(gap=Gap(ROOT, f"resource at {place}", Reason.UNSUPPORTED, detail))
        if resource.condition:
            reason, why = resource.condition.gap.reason, resource.condition.gap.detail
            detail = f"whether it is deployed is decided only at deployment: {why}"
            gap = Gap(resource_id, "properties", reason, detail)
            body = {"id": entry.id, "type": resource.type}
            return Found(body, gaps=(((), gap),), written=written, declared=True)
        found = declared(entry.body, api_version=AS_DECLARED, written=written, is_new=True)
        return replace(found, seen=vouched_for(found.seen, self._hidden))


def _derived(resource: object, existing: Declared | None, *, full: bool) -> object:
    """Return what is known of an existing resource that was not read."""
    what = normalise(spelled(resource))
    known = derived(existing.type, split_name(existing.name)) if existing else derived_of(resource)
    properties = Runtime(known, what)
    if full:
        return Runtime({**scope_of(resource), "properties": properties}, what)
    return properties if known else pending(f"reference() queries Azure for {what}")
