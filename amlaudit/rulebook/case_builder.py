"""Builds small estates from rule cases, making up the ids and proofs that a case leaves out."""

from typing import Final

from msgspec import Struct, field

from amlaudit.core import arm_id
from amlaudit.core.coverage import MANAGEMENT_GROUP_PARTS
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.path import Steps, parse_path, spell_path
from amlaudit.core.references import groups_above
from amlaudit.core.relation_kinds import (
    Above,
    AtOrAbove,
    ByName,
    Children,
    Inside,
    Named,
    Referrers,
)
from amlaudit.core.relations import RELATIONS
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.suggestions import did_you_mean
from amlaudit.rulebook.documents import Body, make_whole
from amlaudit.strict_yaml import Keys, Node

SUBSCRIPTION: Final = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP: Final = f"{SUBSCRIPTION}/resourcegroups/rg-case"

_LINK_KEYS: Final = ("body", "links", "gaps")


class CaseBuilder(Struct):
    """Collects the resources, proofs and gaps of one case.

    `bodies` are the documents of `resources`, still under construction.
    """

    origin: Origin
    resources: dict[str, Resource] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    missing: list[Gap] = field(default_factory=list)

    def make_whole(self) -> None:
        """Complete every document with all that Azure shows for its kind.

        Raises:
            KeyError: No whole document of a type is available.
        """
        for resource in self.resources.values():
            make_whole(self.bodies[resource.id], resource.type)

    def store(self, subject: Resource) -> MemoryStore:
        """Return the store of the case, in which only the subject is judged."""
        return MemoryStore(
            tuple(self.resources.values()),
            frozenset(self.seen),
            tuple(self.missing),
            frozenset(self.resources) - {subject.id},
        )

    def add(self, keys: Keys, arm_type: str, resource_id: str) -> Resource:
        """Add a resource with everything that its node links to it, and return it.

        Args:
            keys: `body`, `links` and `gaps` of the resource, each optional.
            arm_type: Its ARM type.
            resource_id: Its id, unless the body has one.
        """
        body = _body_of(keys)
        if arm_type == arm_id.SUBSCRIPTION_TYPE:
            properties = body.setdefault("properties", {})
            if isinstance(properties, dict):  # any other value may be what the case is about
                properties.setdefault("managementGroupAncestorsChain", [])
        resource_id = arm_id.normalise(str(body.setdefault("id", resource_id)))
        links = keys.read("links", Node.entries, {})
        for relation, (at, node) in links.items():
            if relation not in RELATIONS or not RELATIONS[relation].starts_at(arm_type):
                hint = did_you_mean(relation, RELATIONS)
                at.error(f'a {arm_type} has no relation "{relation}".{hint}')
            for index, member in enumerate(node.members()):
                self._link(relation, member, (body, resource_id, arm_type), index)
            self._vouch(relation, resource_id, body)
        gaps = self._gaps(keys, resource_id, arm_type)
        name = str(body.get("name", arm_id.name_of(resource_id)))
        resource = Resource(resource_id, arm_type, name, body, self.origin, gaps)
        self.resources[resource_id] = resource
        self.bodies[resource_id] = body
        return resource

    def _link(self, relation: str, node: Node, owner: tuple[Body, str, str], index: int) -> None:
        """Add a neighbour, and the reference that links the two to its owner or to itself."""
        body, owner_id, arm_type = owner
        keys = node.mapping(_LINK_KEYS, "a linked resource")
        target, name = RELATIONS[relation].target, f"{relation}-{index}"
        try:
            match RELATIONS[relation]:
                case Children() | AtOrAbove() | Inside():
                    self.add(keys, target, _id_under(owner_id, arm_type, target, name))
                case Above():
                    self.add(keys, target, _id_above(owner_id, target))
                case Referrers(relation=reverse):
                    neighbour = self.add(keys, target, made_up_id(target, name))
                    _refer(self.bodies[neighbour.id], target, reverse, owner_id, 0)
                case ByName(path=path):
                    neighbour = self.add(keys, target, made_up_id(target, name))
                    _descend(self.bodies[neighbour.id], path[:-1]).setdefault(path[-1], owner_id)
                case _:
                    neighbour = self.add(keys, target, made_up_id(target, name))
                    _refer(body, arm_type, relation, neighbour.id, index)
        except (TypeError, ValueError) as error:
            node.error(str(error))

    def _vouch(self, relation: str, owner_id: str, body: Body) -> None:
        """Record that a relation was read completely."""
        match RELATIONS[relation]:
            case Children(target):
                self.seen.add((owner_id, target))
            case AtOrAbove(target):
                scopes = {owner_id, *(groups_above(body) or ())}
                if target in MANAGEMENT_GROUP_PARTS:  # each group has its own proof
                    scopes |= {arm_id.resource_group_of(owner_id)} - {""}
                self.seen.update((each, target) for each in scopes)
                if SUBSCRIPTION not in self.resources:
                    self.add(Keys(), arm_id.SUBSCRIPTION_TYPE, SUBSCRIPTION)
            case Inside(target):
                self.seen.add((owner_id, target))
            case Referrers(target) | ByName(target):
                self.seen.add((SUBSCRIPTION, target))
            case _:
                pass

    def _gaps(self, keys: Keys, resource_id: str, arm_type: str) -> tuple[tuple[Steps, Gap], ...]:
        """Return the gaps in a document; record those in relations."""
        inside: list[tuple[Steps, Gap]] = []
        written = keys.read("gaps", Node.entries, {})
        for part, (at, node) in written.items():
            reason = _read_reason(node)
            match RELATIONS.get(part):
                case Children(target) | AtOrAbove(target) | Inside(target):
                    self.missing.append(Gap(resource_id, target, reason, f"{part}: {reason}"))
                case Referrers(target) | ByName(target):
                    self.missing.append(Gap(SUBSCRIPTION, target, reason, f"{part}: {reason}"))
                case Above():
                    at.error(f"{part} cannot be a gap; leave it out")
                case Named(by=references):
                    path = next(each.path for each in references if each.source == arm_type)
                    inside.append(_gap_inside(resource_id, path, reason))
                case _:
                    inside.append(_gap_inside(resource_id, _read_path(at, part), reason))
        return tuple(inside)


def made_up_id(arm_type: str, name: str) -> str:
    """Return an id of a type, under made-up parents."""
    if arm_type == arm_id.SUBSCRIPTION_TYPE:
        return SUBSCRIPTION
    if arm_type == arm_id.RESOURCE_GROUP_TYPE:
        return GROUP
    provider, *types = arm_type.split("/")
    names = [*(f"parent-{step}" for step in types[:-1]), name]
    pairs = "/".join(f"{kind}/{each}" for kind, each in zip(types, names, strict=True))
    return arm_id.normalise(f"{GROUP}/providers/{provider}/{pairs}")


def _id_under(owner_id: str, arm_type: str, target: str, name: str) -> str:
    """Return the id of a child of a resource, or of an extension of it."""
    if target.startswith(arm_type + "/"):
        return arm_id.normalise(f"{owner_id}/{target.removeprefix(arm_type)}/{name}")
    return arm_id.normalise(f"{owner_id}/providers/{target}/{name}")


def _id_above(owner_id: str, target: str) -> str:
    """Return the id of the ancestor of a type that an id is under.

    Raises:
        ValueError: It has none.
    """
    for scope_id in arm_id.scopes_of(owner_id):
        if arm_id.type_of(scope_id) == target:
            return scope_id
    raise ValueError(f"{owner_id} is not under a {target}")


def _refer(body: Body, arm_type: str, relation: str, target_id: str, index: int) -> None:
    """Write a reference to a resource by a relation into a body."""
    found = RELATIONS[relation]
    if not isinstance(found, Named):
        raise TypeError(f"{relation} is not set by a property")
    reference = next(each for each in found.by if each.source == arm_type)
    holder = _descend(body, reference.path[:-1])
    key = reference.path[-1]
    if not reference.member:
        holder.setdefault(key, target_id)
    elif reference.member == ("*",):
        _descend(holder, (key,)).setdefault(target_id, {})
    else:
        members = holder.setdefault(key, [])
        if not isinstance(members, list) or index > len(members):
            raise ValueError(f"{key} is not a list that can refer to the linked resource")
        if index == len(members):
            members.append({})
        if not isinstance(members[index], dict):
            raise ValueError(
                f"{key}[{index}] is not an object that can refer to the linked resource"
            )
        _descend(members[index], reference.member[:-1]).setdefault(reference.member[-1], target_id)


def _descend(body: Body, steps: Steps) -> Body:
    """Return the object at a path, created if missing.

    Raises:
        TypeError: Something on the path is not an object.
    """
    for step in steps:
        body = body.setdefault(step, {})
        if not isinstance(body, dict):
            raise TypeError(f"{step} is not an object, so it cannot refer to the linked resource")
    return body


def _body_of(keys: Keys) -> Body:
    """Return the ARM document in a node."""
    body = keys.read("body", Node.json, {})
    return (
        body if isinstance(body, dict) else keys["body"].error("the body must be an ARM document")
    )


def _read_reason(node: Node) -> Reason:
    """Read why something is not known."""
    word = node.text()
    reasons = [reason.value for reason in Reason]
    return Reason(word) if word in reasons else node.error(f'"{word}" is not a gap reason')


def _read_path(at: Node, text: str) -> Steps:
    """Read a property path."""
    try:
        return parse_path(text)
    except ValueError as error:
        return at.error(str(error))


def _gap_inside(resource_id: str, steps: Steps, reason: Reason) -> tuple[Steps, Gap]:
    """Return a gap in a document, with its path."""
    path = spell_path(steps)
    folded = tuple(step.lower() for step in steps)
    return folded, Gap(resource_id, path, reason, f"{path}: {reason}")
