"""ARM ids for the declarations of a plan: Azure's own, and placeholders for future resources.

A placeholder is the same in every run, and equals the id that Azure will assign wherever the plan
gives subscription, resource group and name.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from amlaudit.core import arm_id
from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE, SUBSCRIPTION_TYPE
from amlaudit.core.gap import identity_of
from amlaudit.core.relations import ROLE_ASSIGNMENT
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.identities import principal_of
from amlaudit.scanners.deployments.terraform.attributes import (
    Attributes,
    Followed,
    member,
)
from amlaudit.scanners.deployments.terraform.azapi import AZAPI, type_in
from amlaudit.scanners.deployments.terraform.link_targets import may_hold
from amlaudit.scanners.deployments.terraform.mapping import ResourceMap, resource_map
from amlaudit.scanners.deployments.terraform.plan import Declaration, Plan, references_of
from amlaudit.scanners.deployments.terraform.references import Lost, References, Target
from amlaudit.scanners.files.input import Home
from amlaudit.scanners.files.json_values import object_of

Sources: TypeAlias = Callable[[Declaration, References], frozenset[str]]
"""Returns all names in the source of a declaration; none: the source is not here."""

_UNKNOWN_SUBSCRIPTION: Final = "00000000-0000-0000-0000-000000000000"
_UNKNOWN_GROUP: Final = "unknown"
_PROVIDER: Final = "azurerm"
_GROUP: Final = "resource_group_name"
_SUBSCRIPTION: Final = "subscription_id"
_LOCATION: Final = "location"
_LONGEST_CHAIN: Final = 32
"""Maximum number of resources through which a region is followed."""
_NAME: Final = "name"
_IDS: Final = ("id", "resource_manager_id", "role_definition_resource_id")
"""Attributes that hold the id of their own resource."""
_SERVICES: Final = ("blobservices", "fileservices", "queueservices", "tableservices")
"""Children of storage accounts of which each account has one, called `default`."""
_PRINCIPALS: Final = ("principal_id", "principalId")  # the latter in the answer to azapi
_ADDRESSES: Final = ("", "id", "versionless_id")
"""Attributes that hold the address of something in a vault."""


class Identifiers:
    """Determines what the declarations of a plan are called in Azure."""

    def __init__(
        self, plan: Plan, references: References, home: Home, names_in_source: Sources
    ) -> None:
        """Determine where the plan's resources will be located."""
        self._plan = plan
        self._references = references
        self._names_in_source = names_in_source
        self._ids: dict[str, str] = {}
        self._by_name: dict[tuple[str, str], Declaration] = {}
        self._subscription = _subscription_of(plan) or home.subscription or _UNKNOWN_SUBSCRIPTION
        self._group_name = plan.name or home.group or _UNKNOWN_GROUP

    def attributes(self, declaration: Declaration) -> Attributes:
        """Return the attributes of a declaration, with its references followed."""

        def follow(name: str, references: Sequence[str]) -> Followed:
            return self._followed(declaration, name, references)

        def names() -> frozenset[str]:
            found = self._names_in_source(declaration, self._references)
            is_the_same = found >= set(expressions)  # as the planned source
            return found if is_the_same else frozenset()

        expressions = self._references.expressions(declaration)
        return Attributes(
            values=declaration.values,
            unknown=declaration.unknown,
            sensitive=declaration.sensitive,
            expressions=expressions,
            follow=follow,
            is_new=declaration.is_new,
            names=names,
        )

    def id_of(self, declaration: Declaration) -> str:
        """Return the ARM id of a declaration, empty if it is not an ARM resource."""
        known = self._ids.get(declaration.address)
        if known is None:
            self._ids[declaration.address] = ""  # for a plan with circular references
            known = self._ids[declaration.address] = self._find_id(declaration)
        return known

    def id_before(self, declaration: Declaration) -> str:
        """Return the ARM id of what a plan destroys, empty if it is not an ARM resource."""
        return arm_id.normalise(self._find_id(declaration))

    def name_of(self, declaration: Declaration) -> str:
        """Return the name of a declaration, derived from its address if unknown."""
        mapped = resource_map(declaration.type)
        if mapped and mapped.fixed_name:
            return mapped.fixed_name
        value = declaration.values.get(mapped.named_by if mapped else _NAME)
        if not value:
            value = declaration.values.get(_NAME)
        if isinstance(value, str) and value:
            return value
        if mapped and mapped.arm_type.lower() == ROLE_ASSIGNMENT:
            return str(uuid5(NAMESPACE_URL, declaration.address))
        return declaration.address.replace("/", "_")

    def target_of(self, declaration: Declaration, mapped: ResourceMap) -> str | Unresolved:
        """Return the id of the resource that a declaration changes."""
        attributes = self.attributes(declaration)
        for name in mapped.into:
            if isinstance(value := attributes.get(name), str):
                placed = self._placed(declaration, mapped.arm_type, value)
                return _with_service(placed, mapped.arm_type)
        return Unresolved(f"{mapped.into[0]} of {declaration.address} is known after apply")

    def updated_by(self, declaration: Declaration) -> str | Unresolved:
        """Return the id of the resource whose document an azapi resource updates."""
        attributes = self.attributes(declaration)
        value, arm_type = attributes.get("resource_id"), type_in(declaration)
        if isinstance(value, str):
            target = _with_service(value, arm_type)
            if arm_id.type_of(arm_id.normalise(target)) == arm_type.lower():
                return target
        above, name = attributes.get("parent_id"), attributes.get("name")
        if isinstance(above, str) and isinstance(name, str):
            return _id_below(above.rstrip("/"), arm_type, name)
        return Unresolved(f"the target of {declaration.address} is known after apply")

    def is_placed(self, declaration: Declaration) -> bool:
        """Tell whether it is known what a declaration belongs to or is attached to."""
        mapped = resource_map(declaration.type)
        names = ("parent_id",) if declaration.type == AZAPI else mapped.parents if mapped else ()
        if not names or "id" in declaration.values:
            return True
        attributes = self.attributes(declaration)
        return any(isinstance(attributes.get(name), str) for name in names)

    def vague_target_of(self, declaration: Declaration, mapped: ResourceMap) -> str:
        """Return the id of what a declaration is attached to, or to a part of which it is.

        Empty if the target is certain. As long as they are unknown, a plan shows a whole id and the
        beginning of a longer string in the same way.
        """
        if not mapped.vague:
            return ""
        attributes = self.attributes(declaration)
        for name in mapped.parents:
            value = attributes.get(name)
            if isinstance(value, str) and not declaration.values.get(name):
                target = arm_id.normalise(value)
                return target if arm_id.type_of(target) in mapped.vague else ""
        return ""

    def principal_of(self, declaration: Declaration) -> str:
        """Return the object id of the identity that a declaration is or has; see the module."""
        return principal_of(self.id_of(declaration))

    def _find_id(self, declaration: Declaration) -> str:
        """Return an id, see `id_of`."""
        mapped = resource_map(declaration.type)
        given = declaration.values.get("id")
        if isinstance(given, str) and _is_of(given, declaration, mapped):
            return given
        if declaration.type == AZAPI:
            return self._find_id_of_azapi(declaration)
        if not mapped or mapped.into or mapped.arm_type.lower() == SUBSCRIPTION_TYPE:
            return ""  # nobody but Azure numbers a subscription
        return self._made_up_id(declaration, mapped)

    def _made_up_id(self, declaration: Declaration, mapped: ResourceMap) -> str:
        """Return the id of a future mapped resource, as far as it is known."""
        name = self.name_of(declaration)
        subscription = f"/subscriptions/{self._subscription_for(declaration)}"
        if mapped.arm_type.lower() == RESOURCE_GROUP_TYPE:
            return f"{subscription}/resourceGroups/{name}"
        if mapped.at_subscription:
            return _id_below(subscription, mapped.arm_type, name)
        if mapped.parents:
            above = "/".join(filter(None, (self._parent(declaration, mapped), mapped.under)))
            return _id_below(above, mapped.arm_type, name)
        return _id_below(self._group(declaration), mapped.arm_type, name)

    def _find_id_of_azapi(self, declaration: Declaration) -> str:
        """Return the id of a resource that is declared as a document."""
        arm_type = type_in(declaration)
        if "/" not in arm_type:
            return ""
        attributes = self.attributes(declaration)
        above = attributes.get("parent_id")
        name = self.name_of(declaration)
        if isinstance(above, str):
            parent = _with_service(above.rstrip("/"), arm_type.rpartition("/")[0])
            return _id_below(parent, arm_type, name)
        stranger = _name_of_parent(declaration)
        namespace, *kinds = arm_type.split("/")
        names = "".join(f"/{kind}/{stranger}" for kind in kinds[:-1])
        return f"{self._group(declaration)}/providers/{namespace}{names}/{kinds[-1]}/{name}"

    def _parent(self, declaration: Declaration, mapped: ResourceMap) -> str:
        """Return the id of what a declaration belongs to, or is attached to."""
        attributes = self.attributes(declaration)
        values = [attributes.get(name) for name in mapped.parents]
        known = [value for value in values if isinstance(value, str)]
        arm_type = _parent_type(mapped)
        if known:
            placed = self._placed(declaration, arm_type, known[0])
            return arm_id.up_to_type(placed, arm_type)  # an association names a sibling
        stranger = _name_of_parent(declaration)
        return _id_below(self._group(declaration), arm_type, stranger)

    def _placed(self, declaration: Declaration, arm_type: str, value: str) -> str:
        """Return an id given directly, or by its name in the same resource group."""
        if value.startswith("/"):
            return value.rstrip("/")
        if _GROUP not in declaration.values and (found := self._named(arm_type, value)):
            return found
        return _id_below(self._group(declaration), arm_type, value)

    def _named(self, arm_type: str, name: str) -> str:
        """Return the id of the declared resource of a type and name, empty if there is none."""
        if not self._by_name:
            for each in self._plan.declarations:
                mapped = resource_map(each.type)
                if mapped and not mapped.into and not mapped.parents and not each.is_data:
                    self._by_name.setdefault((mapped.arm_type, self.name_of(each)), each)
        found = self._by_name.get((arm_type, name))
        return self.id_of(found) if found else ""

    def _group(self, declaration: Declaration) -> str:
        """Return the id of a declaration's resource group."""
        value = self.attributes(declaration).get(_GROUP)
        name = value if isinstance(value, str) else self._group_name
        return f"/subscriptions/{self._subscription_for(declaration)}/resourceGroups/{name}"

    def _subscription_for(self, declaration: Declaration) -> str:
        """Return the id of a declaration's subscription."""
        key = str(self._references.written(declaration).get("provider_config_key") or "")
        # A module inherits the root's providers, under its own names.
        of_root = key.rpartition(":")[2]
        known = _configured(self._plan, key) or _configured(self._plan, of_root)
        return known or self._subscription

    def _followed(self, declaration: Declaration, name: str, references: Sequence[str]) -> Followed:
        """Return the values of an attribute's references, each an id, a name or the like."""
        found: dict[str, bool] = {}
        lost = ""
        for each in self._references.targets(declaration, references):
            if isinstance(each, Lost):
                lost = lost or each.spelled
            elif (text := self._text(name, each)) and may_hold(declaration.type, name, text):
                found[text] = found.get(text) or not _is_shown(each)
            elif _is_open(each) and not (text and each.is_part):
                lost = lost or each.spelled
        coming = [text for text, comes in found.items() if comes]
        identity = self._region_of(declaration) if name == _LOCATION else ""
        return Followed(list(found), lost, coming, identity)

    def _region_of(self, declaration: Declaration, depth: int = 0) -> str:
        """Return the identity of a declaration's unknown region.

        A plan shows what an expression refers to, not what it is: one that refers to nothing but a
        region is taken to be that region.
        """
        written = self._references.expressions(declaration).get(_LOCATION)
        target = self._references.only_target(declaration, references_of(written))
        if target and target.attribute == _LOCATION and _is_open(target) and depth < _LONGEST_CHAIN:
            return self._region_of(target.declaration, depth + 1)
        owner = arm_id.normalise(self.id_of(declaration)) or declaration.address
        return identity_of(owner, _LOCATION)

    def _text(self, name: str, referred: Target) -> str:
        """Return an attribute of a declaration, as far as others may refer to it."""
        target, attribute = referred.declaration, referred.attribute
        last = attribute.rpartition(".")[2]
        mapped = resource_map(target.type)
        if mapped and mapped.address:
            return self._address_of(target, mapped, last)
        last = last or _meant_by(name)
        if last in _IDS:
            return self.id_of(target)
        if last == _NAME:
            return self.name_of(target)
        return self.principal_of(target) if last in _PRINCIPALS else ""

    def _address_of(self, target: Declaration, mapped: ResourceMap, attribute: str) -> str:
        """Return an attribute of something in a vault, empty if unknown."""
        if attribute in _ADDRESSES and self.is_placed(target):
            parent = arm_id.name_of(self._parent(target, mapped))
            return mapped.address.format(parent=parent, name=self.name_of(target))
        if attribute in ("resource_id", "resource_versionless_id"):
            return self.id_of(target)
        return self.name_of(target) if attribute == _NAME else ""


def _name_of_parent(declaration: Declaration) -> str:
    """Return a made-up name for what a declaration belongs to; no real resource has it."""
    return f"of {declaration.address.replace('/', '_')}"


def _is_open(target: Target) -> bool:
    """Tell whether a reference's target is known only after apply."""
    first = target.attribute.partition(".")[0]
    return bool(member(target.declaration.unknown, first))


def _is_shown(target: Target) -> bool:
    """Tell whether the plan shows a reference's target; for a whole resource, its id."""
    first = target.attribute.partition(".")[0] or _IDS[0]
    return bool(target.declaration.values.get(first))


def _meant_by(name: str) -> str:
    """Return which attribute of another resource an attribute holds, empty if unknown.

    Before 0.14 Terraform named only the resource that an expression refers to.
    """
    if name.endswith("name"):
        return _NAME
    if name in ("object_id", "principal_id"):
        return _PRINCIPALS[0]
    if name.endswith(("tenant_id", "client_id", "application_id")):
        return ""
    return _IDS[0] if name.endswith(("id", "ids", "scope", "scopes", "groups")) else ""


def _id_below(above_id: str, arm_type: str, name: str) -> str:
    """Return the id of a resource's child or attachment, or of a resource in a group."""
    outer = arm_id.type_of(arm_id.normalise(above_id))
    if arm_type.lower().rpartition("/")[0] == outer:
        return f"{above_id}/{arm_type.rpartition('/')[2]}/{name}"
    return f"{above_id}/providers/{arm_type}/{name}"


def _with_service(text: str, arm_type: str) -> str:
    """Return the id of a service, of which a plan may show only the id at its start.

    That is the case for `"${azurerm_storage_account.x.id}/blobServices/default"`.

    Args:
        text: The id, as far as the plan shows it.
        arm_type: The type that it should be of.
    """
    owner, _, kind = arm_type.rpartition("/")
    is_cut = arm_id.type_of(arm_id.normalise(text)) == owner.lower()
    return f"{text}/{kind}/default" if is_cut and kind.lower() in _SERVICES else text


def _is_of(given: str, declaration: Declaration, mapped: ResourceMap | None) -> bool:
    """Tell whether an `id` is the ARM id of its resource.

    Some consist of several (`<target>|<name>`, `<role>|<scope>`), or are addresses of data.
    """
    arm_type = arm_id.type_of(arm_id.normalise(given))
    if "|" in given or not arm_type:
        return False
    if declaration.type == AZAPI:
        return arm_type == type_in(declaration).lower()
    return not mapped or bool(mapped.into) or arm_type == mapped.arm_type.lower()


def _parent_type(mapped: ResourceMap) -> str:
    """Return the ARM type of a mapped resource's parent."""
    steps = 1 + mapped.under.count("/") // 2 + (1 if mapped.under else 0)
    return mapped.arm_type.rsplit("/", steps)[0]


def _configured(plan: Plan, key: str) -> str:
    """Return the subscription that a provider is configured for, empty if unknown."""
    expressions = object_of(plan.providers.get(key, {}).get("expressions"))
    written = object_of(expressions.get(_SUBSCRIPTION))
    value = written.get("constant_value")
    for reference in references_of(written):
        if reference.startswith("var."):
            value = value or plan.variables.get(reference.removeprefix("var."))
    return value if isinstance(value, str) else ""


def _subscription_of(plan: Plan) -> str:
    """Return a plan's subscription: the configured one, else the most frequent, else nothing."""
    if configured := _configured(plan, _PROVIDER):
        return configured
    found: Counter[str] = Counter()
    for each in plan.declarations:
        given = each.values.get("id")
        if isinstance(given, str) and given.lower().startswith("/subscriptions/"):
            found[given.split("/")[2]] += 1
        elif isinstance(own := each.values.get(_SUBSCRIPTION), str):
            found[own] += 1
    return found.most_common(1)[0][0] if found else ""
