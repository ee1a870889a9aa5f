"""The output of `terraform show -json`: resources of a plan or state, and their configuration.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.scanners.deployments.terraform.addresses import bare, is_module
from amlaudit.scanners.deployments.terraform.state import is_readable, shown
from amlaudit.scanners.files.json_values import object_of, objects_of

_MANAGED: Final = "managed"
_CREATE: Final = "create"
_DELETE: Final = "delete"
_FORGET: Final = "forget"
_LEFT_ALONE: Final = frozenset({"no-op", "read", _FORGET})
"""Actions that change nothing in Azure."""
_DEPOSED: Final = "deposed_key"


class Declaration(Struct, frozen=True):
    """One instance of a resource or data source.

    Attributes:
        address: Its address: `module.net["a"].azurerm_subnet.pe[0]`.
        module: Address of its module instance, empty for the root.
        mode: `managed` or `data`.
        type: Its type in Terraform.
        name: Its name in the module.
        index: Its key among the instances of a block with `count` or `for_each`.
        values: The known attributes.
        unknown: True where attributes are known only after apply, in the structure of the values.
        sensitive: Likewise, the secret attributes.
        is_new: It is to be created; otherwise it exists.
        put_off: It is deferred to a later plan, perhaps along with more instances of its block.
        is_applied: The plan creates or updates it, as opposed to leaving it as it is.
    """

    address: str
    module: str
    mode: str
    type: str
    name: str
    index: str | int | None
    values: Mapping[str, Any]
    unknown: Any
    sensitive: Any
    is_new: bool
    put_off: bool = False
    is_applied: bool = False

    @property
    def is_data(self) -> bool:
        """Whether it is a data source."""
        return self.mode != _MANAGED

    @property
    def block(self) -> str:
        """Its address within its module, without its key: `azurerm_subnet.pe`."""
        return f"{'data.' if self.is_data else ''}{self.type}.{self.name}"


_Declare: TypeAlias = Callable[[], Declaration | None]
"""Creates a declaration, None if the information is insufficient."""


class Module(Struct, frozen=True):
    """A module's configuration.

    Attributes:
        resources: Its resources and data sources, by their addresses in it.
        calls: Its calls of other modules, by name.
        outputs: Its outputs, by name.
    """

    resources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calls: Mapping[str, "ModuleCall"] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def has_resources(self) -> bool:
        """Tell whether it, or a module that it calls, contains resources."""
        called = (each.module.has_resources() for each in self.calls.values())
        return bool(self.resources) or any(called)


class ModuleCall(Struct, frozen=True):
    """A module's call of another one.

    Attributes:
        module: The configuration of the called module.
        source: Where that comes from: `./network`.
        arguments: The expressions of the arguments, by name.
        loop: What its `for_each` refers to.
    """

    module: Module = field(default_factory=Module)
    source: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    loop: Sequence[str] = ()


class Plan(Struct, frozen=True):
    """A plan or a state.

    Attributes:
        declarations: Its resources and data sources, in order of address.
        root: The configuration, as far as the file shows it.
        providers: Provider configurations, by key.
        variables: Values of the root module's variables.
        name: Name of the plan, if a file holds several; empty otherwise.
        gone: What it destroys, in its previous state, whether or not it is replaced.
        is_whole: Nothing is missing from it except what it explicitly defers to a later plan.
        actions: Addresses of the actions that run besides what it declares.
        deposed: Further objects that a state has for an address: the next apply destroys them.
        forgotten: What it replaces without destroying it: it stays, managed by nobody.
    """

    declarations: tuple[Declaration, ...]
    root: Module
    providers: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, Any]
    name: str = ""
    gone: tuple[Declaration, ...] = ()
    is_whole: bool = True
    actions: tuple[str, ...] = ()
    deposed: tuple[Declaration, ...] = ()
    forgotten: tuple[Declaration, ...] = ()


def recognise(value: object) -> bool:
    """Tell whether a file is output of `terraform show -json`, or holds fragments of such plans.

    A raw Terraform state is accepted as well, and so is a plan under `plan`, where HCP Terraform
    puts it for policy checks.
    """
    match value:
        case {"mock": dict(pieces)}:
            return bool(pieces) and all(map(_is_plan, pieces.values()))
        case {"plan": dict(plan)}:
            return _is_plan(plan)
        case _:
            return _is_plan(value) or is_readable(value)


def plans_in(value: object) -> Iterator[Plan]:
    """Yield the plans in a file: one, or several named fragments under `mock`."""
    match value:
        case {"mock": dict(pieces)}:
            for name, piece in pieces.items():
                yield _plan(piece, name)
        case {"plan": dict(plan)}:
            yield _plan(plan, "")
        case Mapping():
            yield _plan(shown(value) if is_readable(value) else value, "")
        case _:
            pass


def references_of(expression: object) -> Sequence[str]:
    """Return what an expression refers to, nothing if it is not an expression."""
    found = expression.get("references") if isinstance(expression, Mapping) else None
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _is_plan(value: object) -> bool:
    """Tell whether a JSON value is a plan or a state."""
    match value:
        case {"resource_changes": list()} | {"planned_values": dict()}:
            return True
        case {"values": {"root_module": dict()}}:
            return True
        case {"format_version": str(), **rest}:
            return "terraform_version" in rest or not rest  # an empty state holds nothing else
        case _:
            return False


def _plan(value: Mapping[str, Any], name: str) -> Plan:
    """Return a plan or a state."""
    configuration = object_of(value.get("configuration"))
    found: dict[str, Declaration] = {}
    for address, declare in _declarations(value):
        if address not in found and (declaration := declare()):
            found[address] = declaration
    providers = object_of(configuration.get("provider_config"))
    variables = object_of(value.get("variables"))
    state = object_of(value.get("values"))
    return Plan(
        declarations=tuple(found[address] for address in sorted(found)),
        root=_module(object_of(configuration.get("root_module"))),
        providers={key: object_of(each) for key, each in providers.items()},
        variables={key: object_of(each).get("value") for key, each in variables.items()},
        name=name,
        gone=tuple(_before(value, _DELETE)),
        is_whole=_is_whole(value),
        actions=tuple(_actions(value)),
        deposed=tuple(_deposed(object_of(state.get("root_module")))),
        forgotten=tuple(_before(value, _FORGET, _CREATE)),
    )


def _is_whole(value: Mapping[str, Any]) -> bool:
    """Tell whether a plan covers the whole configuration, as far as it can be planned."""
    has_rest = value.get("complete") is False and not value.get("deferred_changes")
    return not has_rest and value.get("errored") is not True


def _declarations(value: Mapping[str, Any]) -> Iterator[tuple[str, _Declare]]:
    """Yield (address, factory of the declaration) for everything that a plan or state declares.

    Of several per address, the first that succeeds says most: a plan shows most resources twice.
    """
    changes = [each for each in objects_of(value.get("resource_changes")) if "deposed" not in each]
    gone = {str(each.get("address")) for each in changes if _actions_of(each) == [_DELETE]}
    staying = [each for each in changes if str(each.get("address")) not in gone]
    left = gone | {str(each["previous_address"]) for each in changes if "previous_address" in each}
    yield from ((_address(each), partial(_changed, each)) for each in staying)
    for part in (value, value.get("planned_values"), value.get("prior_state")):
        shown = object_of(part)
        root = object_of(shown.get("values", shown)).get("root_module")
        yield from (each for each in _of_module(object_of(root)) if each[0] not in left)
    yield from ((_address(each), partial(_not_shown, each)) for each in staying)
    for deferred in objects_of(value.get("deferred_changes")):
        change = object_of(deferred.get("resource_change"))
        yield _address(change), partial(_put_off, change)


def _before(value: Mapping[str, Any], *actions: str) -> Iterator[Declaration]:
    """Yield what a plan applies all of some actions to, in its previous state."""
    for change in objects_of(value.get("resource_changes")):
        how = object_of(change.get("change"))
        before, marks = how.get("before"), _Marks(sensitive=how.get("before_sensitive"))
        if isinstance(before, Mapping) and all(each in _actions_of(change) for each in actions):
            yield _declaration(change, _module_address(change), before, marks, is_new=False)


def _actions(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses of the actions that a plan runs, now or later.

    https://developer.hashicorp.com/terraform/language/invoke-actions
    """
    later = objects_of(value.get("deferred_action_invocations"))
    yield from map(_address, objects_of(value.get("action_invocations")))
    yield from (_address(object_of(each.get("action_invocation"))) for each in later)


def _deposed(module: Mapping[str, Any]) -> Iterator[Declaration]:
    """Yield the deposed objects of a module in a state, and of the modules in it."""
    for each in objects_of(module.get("resources")):
        if _DEPOSED in each:
            yield _existing(each, module)
    for child in objects_of(module.get("child_modules")):
        yield from _deposed(child)


def _actions_of(change: Mapping[str, Any]) -> Sequence[object]:
    """Return a change's actions: `create`, `update`, `delete`, `no-op`, `forget` and the like."""
    listed = object_of(change.get("change")).get("actions")
    return listed if isinstance(listed, list) else []


def _changed(change: Mapping[str, Any]) -> Declaration | None:
    """Return a resource after a change, None if the change does not show it."""
    how, actions = object_of(change.get("change")), _actions_of(change)
    after = how.get("before" if actions == [_FORGET] else "after")
    if not isinstance(after, Mapping):
        return None
    marks = _Marks(how.get("after_unknown"), how.get("after_sensitive"))
    found = _declaration(change, _module_address(change), after, marks, is_new=_CREATE in actions)
    return replace(found, is_applied=not _LEFT_ALONE.issuperset(actions))


def _not_shown(change: Mapping[str, Any]) -> Declaration:
    """Return a resource whose change does not show its future state: nothing is known."""
    is_new = _CREATE in _actions_of(change)
    found = _declaration(change, _module_address(change), {}, _Marks(unknown=True), is_new=is_new)
    return replace(found, is_applied=True)


def _put_off(change: Mapping[str, Any]) -> Declaration:
    """Return a resource that is deferred to a later plan."""
    return replace(_changed(change) or _not_shown(change), put_off=True)


def _address(entry: Mapping[str, Any]) -> str:
    """Return the address that an entry of a file is about."""
    return str(entry.get("address") or "")


def _module_address(change: Mapping[str, Any]) -> str:
    """Return the address of a change's module, empty for the root."""
    return str(change.get("module_address") or "")


def _of_module(module: Mapping[str, Any]) -> Iterator[tuple[str, _Declare]]:
    """Yield the resources of a module in a state, and of the modules in it; see `_declarations`."""
    for each in objects_of(module.get("resources")):
        if _DEPOSED not in each:
            yield _address(each), partial(_existing, each, module)
    for child in objects_of(module.get("child_modules")):
        yield from _of_module(child)


def _existing(entry: Mapping[str, Any], module: Mapping[str, Any]) -> Declaration:
    """Return a resource of a module in a state."""
    address = str(module.get("address") or bare(_address(entry)).module)
    marks = _Marks(sensitive=entry.get("sensitive_values"))
    return _declaration(entry, address, object_of(entry.get("values")), marks, is_new=False)


class _Marks(NamedTuple):
    """Which attributes of a declaration are unknown, and which are secret: see `Declaration`."""

    unknown: Any = None
    sensitive: Any = None


def _declaration(
    entry: Mapping[str, Any],
    module: str,
    values: Mapping[str, Any],
    marks: _Marks,
    *,
    is_new: bool,
) -> Declaration:
    """Return one resource or data source.

    Args:
        entry: Its entry in the file.
        module: Address of its module instance.
        values: The known attributes.
        marks: Which attributes are unknown or secret.
        is_new: It is to be created.
    """
    address = _address(entry)
    key = entry.get("index")
    return Declaration(
        address=address,
        module=module if is_module(module) else bare(address).module,
        mode=str(entry.get("mode") or _MANAGED),
        type=str(entry.get("type") or ""),
        name=str(entry.get("name") or bare(address).name),
        index=key if isinstance(key, str | int) else None,
        values=values,
        unknown=marks.unknown,
        sensitive=marks.sensitive,
        is_new=is_new,
    )


def _module(written: Mapping[str, Any]) -> Module:
    """Return the configuration of a module."""
    calls = object_of(written.get("module_calls"))
    return Module(
        resources={str(each.get("address")): each for each in objects_of(written.get("resources"))},
        calls={name: _module_call(object_of(each)) for name, each in calls.items()},
        outputs=object_of(written.get("outputs")),
    )


def _module_call(written: Mapping[str, Any]) -> ModuleCall:
    """Return a call of a module."""
    return ModuleCall(
        module=_module(object_of(written.get("module"))),
        source=str(written.get("source") or ""),
        arguments=object_of(written.get("expressions")),
        loop=references_of(written.get("for_each_expression")),
    )
