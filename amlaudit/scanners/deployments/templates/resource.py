"""A resource that a template declares: its id, and its document as far as it is known."""

from collections.abc import Callable, Collection, Container, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.arm_id import (
    MANAGEMENT_GROUP_TYPE,
    RESOURCE_GROUP_TYPE,
    SUBSCRIPTION_TYPE,
    normalise,
    parent_of,
    type_of,
)
from amlaudit.core.members import FURTHER
from amlaudit.core.relations import USER_ASSIGNED_IDENTITY, VIRTUAL_NETWORK
from amlaudit.language.values import EvaluationError
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.identities import principal_of
from amlaudit.scanners.deployments.links import TAGS
from amlaudit.scanners.deployments.templates.context import Context
from amlaudit.scanners.deployments.templates.derived import derived, scope_of
from amlaudit.scanners.deployments.templates.evaluator import evaluate
from amlaudit.scanners.deployments.templates.pending import (
    Open,
    Pending,
    Rest,
    Runtime,
    Tentative,
    composed,
    identifies,
    is_blank,
    pending,
    runtime_rest,
    spelled,
)
from amlaudit.scanners.deployments.templates.spelling import respelled
from amlaudit.scanners.deployments.templates.target import declared_id, split_name
from amlaudit.scanners.files.json_values import SCALARS, object_of

_OF_THE_DEPLOYMENT: Final = frozenset(
    {
        "asserts", "comments", "condition", "copy", "dependsOn", "existing", "extension", "import",
        "metadata", "name", "resources", "scope", "type", "@options",
    }
)  # fmt: skip
"""Keys that control how a resource is deployed, and are not part of it."""


_SCOPES: Final = frozenset({RESOURCE_GROUP_TYPE, SUBSCRIPTION_TYPE, MANAGEMENT_GROUP_TYPE})
_INSIDE: Final = "/providers/"
"""Occurs in the ids of what is inside one of these."""


class Member(Struct, frozen=True):
    """A resource as written in a template.

    Attributes:
        raw: Its JSON object.
        pointer: Its JSON pointer in its file.
        symbol: Its symbolic name, empty if it has none.
        file: Path of that file, relative to the main template's; empty: the main template.
    """

    raw: Mapping[str, Any]
    pointer: str
    symbol: str = ""
    file: str = ""

    @property
    def type(self) -> str:
        """Its type, as written."""
        return str(self.raw.get("type") or "").strip("/")

    @property
    def is_existing(self) -> bool:
        """Whether it is only referred to, not deployed."""
        return self.raw.get("existing") is True

    @property
    def is_once(self) -> bool:
        """Whether it is deployed only if it does not exist yet: `@onlyIfNotExists()` in Bicep.

        https://github.com/Azure/bicep/releases/tag/v0.38.3
        """
        return object_of(self.raw.get("@options")).get("onlyIfNotExists") is True

    @property
    def extension(self) -> str:
        """The extension that it is a resource of, empty if it is an Azure resource."""
        return str(self.raw.get("extension") or self.raw.get("import") or "")


def members_of(resources: object, pointer: str, file: str = "") -> Iterator[Member]:
    """Yield the resources of a template: a list, or an object with symbolic names.

    Args:
        resources: The JSON value.
        pointer: Its JSON pointer in its file.
        file: See `Member`.
    """
    if isinstance(resources, Mapping):
        for symbol, raw in resources.items():
            if isinstance(raw, Mapping):
                yield Member(respelled(raw), f"{pointer}/{symbol}", symbol, file)
    elif isinstance(resources, list):
        for index, raw in enumerate(resources):
            if isinstance(raw, Mapping):
                yield Member(respelled(raw), f"{pointer}/{index}", "", file)


class Declared(Struct):
    """A resource of a deployment.

    Attributes:
        id: Its ARM id.
        type: Its full type.
        name: Its full name.
        own_name: Its name without that of its enclosing resource.
        scope: Id of what it is deployed to.
        member: Its declaration in the template.
        context: The context of its expressions.
        condition: Why it is unknown whether it is deployed; None: it is deployed.
    """

    id: object
    type: str
    name: object
    own_name: object
    scope: object
    member: Member
    context: Context
    condition: Pending | None = None
    _parts: dict[str, object] = field(default_factory=dict)
    _under_way: set[str] = field(default_factory=set)

    def document(self) -> dict[str, Any]:
        """Return its ARM document, with `Unresolved` for unknown values.

        If it may not be deployed at all, the target of a private endpoint, or a tag, is uncertain.
        """
        spend = self.context.registry.budget.spend
        known = {
            key: settled(self._part(key), spend)
            for key in self.member.raw
            if key not in _OF_THE_DEPLOYMENT
        }
        short = split_name(self.own_name)[-1]
        name = settled(short, spend) if isinstance(short, Pending) else short
        known |= {"id": spelled(self.id), "name": name, "type": self.type}
        return _uncertain(known, self.condition) if self.condition else known

    def is_placed(self, declared: Container[str]) -> bool:
        """Tell whether it is known what the resource belongs to or is attached to.

        Args:
            declared: The normalised ids of everything declared.
        """
        above = split_name(self.name)[:-1] if isinstance(self.name, Pending) else ()
        if _is_certain(self.scope) and not any(isinstance(each, Pending) for each in above):
            return True
        return parent_of(normalise(spelled(self.id))) in declared

    @property
    def is_named(self) -> bool:
        """Whether its name is known."""
        return not isinstance(self.name, Pending)

    def reference(self, *, full: bool) -> Runtime:
        """Return what `reference()` returns for it."""
        what = spelled(self.id)
        if not full:
            found = self._part("properties")
            own = derived(self.type, split_name(self.name))
            if self._is_identity:
                own["principalId"] = principal_of(what)
            return Runtime({**own, **found} if type(found) is dict else own, what)
        keys = [key for key in self.member.raw if key not in _OF_THE_DEPLOYMENT]
        parts = {key: self._part(key) for key in keys}
        if isinstance(identity := parts.get("identity"), dict):
            parts["identity"] = {"principalId": principal_of(what), **identity}
        return Runtime({**scope_of(self.id), **parts}, what)

    def parts(self, keys: Collection[str]) -> Mapping[str, object]:
        """Return those parts of its document that it declares."""
        return {key: self._part(key) for key in keys if key in self.member.raw}

    @property
    def _is_identity(self) -> bool:
        """Whether the resource is an identity."""
        return self.type.lower() == USER_ASSIGNED_IDENTITY

    def _part(self, key: str) -> object:
        """Return one part of its document, evaluated once."""
        if key not in self._parts:
            if key in self._under_way:
                return pending(f"{key} of {spelled(self.id)} refers to itself")
            self._under_way.add(key)
            value = evaluate(self.member.raw.get(key), self.context)
            is_network = key == "properties" and self.type.lower() == VIRTUAL_NETWORK
            self._parts[key] = _with_subnet_ids(value, self.id) if is_network else value
        return self._parts[key]


def _is_certain(scope: object) -> bool:
    """Tell whether it is known which resource a scope is, if it is one."""
    if not isinstance(scope, Tentative) or _INSIDE in scope.tail:
        return True
    return scope.text.startswith("/") and type_of(normalise(scope.text)) in _SCOPES


def _with_subnet_ids(properties: object, network_id: object) -> object:
    """Return the properties of a virtual network, with the ids that Azure assigns to its subnets.

    Others refer to these, and subnet names may be known only in part.
    """
    subnets = properties.get("subnets") if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or not isinstance(subnets, list):
        return properties
    return {**properties, "subnets": [_with_id(each, network_id) for each in subnets]}


def _with_id(subnet: object, network_id: object) -> object:
    """Return a subnet with its id."""
    if not isinstance(subnet, dict) or "name" not in subnet:
        return subnet
    name = subnet["name"]
    return {
        **subnet,
        "id": composed(f"{spelled(network_id)}/subnets/{spelled(name)}", network_id, name),
    }


def _uncertain(document: dict[str, Any], condition: Pending) -> dict[str, Any]:
    """Return the document of a resource that may not be deployed: its effects are uncertain."""
    properties = document.get("properties")
    if not isinstance(properties, dict):
        return document
    why = Unresolved(condition.gap.detail, condition.gap.reason)
    if str(document["type"]).lower() == TAGS:
        return {**document, "properties": {"tags": why}}
    links = properties.get("privateLinkServiceConnections")
    members = [
        {**each, "properties": {**(each.get("properties") or {}), "privateLinkServiceId": why}}
        for each in (links if isinstance(links, list) else ())
        if isinstance(each, dict)
    ]
    return {**document, "properties": {**properties, "privateLinkServiceConnections": members}}


def settled(value: object, spend: Callable[[int], None]) -> object:
    """Return a value with `Unresolved` in place of what is unknown.

    The id of a resource, or the address of a key, that is only partly known stays: it is known what
    it refers to.

    Args:
        value: The value.
        spend: Uses up a step of the budget for each member: a value may contain itself many times
            over.
    """
    if isinstance(value, Tentative) and identifies(value):
        return value.text
    if isinstance(value, Open):
        rest = Unresolved(value.gap.detail, value.gap.reason, is_rest=True)
        return {**{key: settled(each, spend) for key, each in value.items()}, FURTHER: rest}
    if isinstance(value, Runtime):
        value = runtime_rest(value)
    if isinstance(value, Pending):
        is_rest = isinstance(value, Rest)
        return Unresolved(value.gap.detail, value.gap.reason, is_rest, value.stands_for)
    if isinstance(value, Mapping):
        spend(len(value))
        return {
            key: member if type(member) in SCALARS else settled(member, spend)
            for key, member in value.items()
        }
    if isinstance(value, list | tuple):
        spend(len(value))
        return [settled(member, spend) for member in value]
    return value


def identified(
    member: Member, parent: Declared | None, scope: object, context: Context
) -> Declared:
    """Return a resource with its id.

    Args:
        member: The resource.
        parent: The resource that encloses it.
        scope: Id of what it is deployed to.
        context: The context of its expressions.

    Raises:
        EvaluationError: Its type and its name do not fit together.
    """
    if not member.type:
        raise EvaluationError("it has no type")
    arm_type, own_name = member.type, _name_of(member, context)
    name = own_name
    if parent:
        scope = parent.scope
        beneath = arm_type.lower().startswith(f"{parent.type.lower()}/")
        if not beneath and "." in arm_type.partition("/")[0]:
            scope = parent.id  # an extension, inside its target
        else:
            relative = arm_type[len(parent.type) + 1 :] if beneath else arm_type
            arm_type = f"{parent.type}/{relative}"
            if spelled(name).count("/") == relative.count("/"):
                name = composed(f"{spelled(parent.name)}/{spelled(name)}", parent.name, name)
    resource_id = declared_id(scope, arm_type, name)
    inside = replace(context, own=resource_id)
    return Declared(resource_id, arm_type, name, own_name, scope, member, inside)


def _name_of(member: Member, context: Context) -> object:
    """Return the name of a resource; if it is entirely unknown, a made-up one."""
    name = evaluate(member.raw.get("name"), context)
    if is_blank(name):
        made = stand_in("unnamed", member.pointer, name, context)
        segments = [made.text] * max(1, member.type.count("/"))
        return Tentative("/".join(segments), made.gap)
    if not isinstance(name, str | Tentative):
        raise EvaluationError("it has no name")
    return name


def stand_in(what: str, written: str, unknown: Pending, context: Context) -> Tentative:
    """Return a substitute for an entirely unknown string.

    Args:
        what: Prefix of the substitute.
        written: The unknown value as the template writes it: equal expressions get equal
            substitutes.
        unknown: Why it is unknown.
        context: The context of that expression.
    """
    rounds = "".join(f"[{index}]" for index in context.copies.values())
    digest = sha256(f"{written}{rounds}{spelled(context.name)}".encode()).hexdigest()
    return Tentative(f"{what}-{digest[:8]}", unknown.gap)
