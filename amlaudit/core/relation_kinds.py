"""How one resource leads to another: the seven kinds of relations.

A relation is found in one of seven ways, and each has its own proof that nothing was missed: a
property of the resource refers to the other (`Named`); the other's id is directly under its own
(`Children`), anywhere under it (`Inside`), or above it (`Above`); the other is attached to it or to
any scope above (`AtOrAbove`); the other refers to it by id (`Referrers`); or the other, or
something in it, mentions it by name (`ByName`).
"""

from typing import TypeAlias

from msgspec import Struct

from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE, SUBSCRIPTION_TYPE
from amlaudit.core.path import Steps


class Reference(Struct, frozen=True):
    """One property that refers to another resource.

    Attributes:
        source: ARM type that has the property.
        path: The property: an id, or a list or map of objects that hold one.
        member: Path of the id inside a member; empty for a plain id. `("*",)`: the map's keys.
    """

    source: str
    path: Steps
    member: Steps = ()


class Named(Struct, frozen=True):
    """A property of the resource refers to the other."""

    target: str
    by: tuple[Reference, ...]

    def starts_at(self, arm_type: str) -> bool:
        """Tell whether resources of a type can have the relation."""
        return any(reference.source == arm_type for reference in self.by)


class Children(Struct, frozen=True):
    """The other's id is directly under the resource's; no `parents`: any type can have some."""

    target: str
    parents: tuple[str, ...] = ()

    def starts_at(self, arm_type: str) -> bool:
        """Tell whether resources of a type can have the relation."""
        return not self.parents or arm_type in self.parents


class Inside(Struct, frozen=True):
    """The other's id is anywhere under the resource's."""

    target: str
    parents: tuple[str, ...]

    def starts_at(self, arm_type: str) -> bool:
        """Tell whether resources of a type can have the relation."""
        return arm_type in self.parents


class Above(Struct, frozen=True):
    """The resource's id is under the other's."""

    target: str

    def starts_at(self, arm_type: str) -> bool:
        """Tell whether resources of a type can have the relation."""
        above_all = self.target in (SUBSCRIPTION_TYPE, RESOURCE_GROUP_TYPE)
        return above_all or arm_type.startswith(self.target + "/")


class AtOrAbove(Struct, frozen=True):
    """The other is attached to the resource or to a scope above it, and so applies to it.

    Attributes:
        target: ARM type of the other.
        on_management_groups: Whether it can be attached above the subscription.
    """

    target: str
    on_management_groups: bool = True

    def starts_at(self, _arm_type: str) -> bool:
        """Tell that resources of every type can have the relation."""
        return True


class Referrers(Struct, frozen=True):
    """The other refers to the resource, of type `named`, by its own relation `relation`.

    Attributes:
        target: ARM type of the other.
        relation: Its relation to the resource.
        named: ARM type of the resource.
        in_subscription: Whether both have to be in one subscription.
    """

    target: str
    relation: str
    named: str
    in_subscription: bool = False

    def starts_at(self, arm_type: str) -> bool:
        """Tell whether resources of a type can have the relation."""
        return arm_type == self.named


class ByName(Struct, frozen=True):
    """The other, or something in it, mentions the resource by name.

    Attributes:
        target: ARM type of the other.
        named: ARM type of the resource, whose names are unique within a cloud.
        path: Where the other mentions it: a name, or an id that ends in it.
        relation: The relation from the other to what it contains.
        held_path: Where the contained resource mentions the name.
    """

    target: str
    named: str
    path: Steps
    relation: str
    held_path: Steps

    def starts_at(self, arm_type: str) -> bool:
        """Tell whether resources of a type can have the relation."""
        return arm_type == self.named


Relation: TypeAlias = Named | Children | Inside | Above | AtOrAbove | Referrers | ByName
"""Each has a `target`, the ARM type that it leads to."""
