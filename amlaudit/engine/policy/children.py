"""Resources that their parent's document shows in full, and that are listed nowhere else.

Policies apply to them as to any other resource; Azure evaluates each rule of a security group
separately, and so does an audit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from amlaudit.core.arm_id import name_of, normalise
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.hidden import gap_at
from amlaudit.core.members import hidden_among
from amlaudit.core.path import Steps, spell_path
from amlaudit.core.report import Finding
from amlaudit.core.resource import AS_DECLARED, Gaps, Resource
from amlaudit.core.rule import ANY_TYPE, Rule
from amlaudit.core.verdict import unknown
from amlaudit.engine.evaluate import judge, reference_to
from amlaudit.engine.policy.documents import value_at
from amlaudit.language.values import is_list, items


class Held(NamedTuple):
    """Where the document of a parent shows its children of one type.

    Attributes:
        arm_type: Type of the children, as Azure spells it.
        path: Path of the list.
        always: Azure shows the list even if it is empty: if it is absent, it is unknown.
        flat: A member has next to its name what the child has in `properties`.
    """

    arm_type: str
    path: Steps
    always: bool = False
    flat: bool = False


_NETWORK: Final = "Microsoft.Network"
_HELD: Final[Mapping[str, Held]] = {
    each.arm_type.lower(): each
    for each in (
        Held(
            "Microsoft.Compute/virtualMachineScaleSets/extensions",
            ("properties", "virtualMachineProfile", "extensionProfile", "extensions"),
        ),
        Held(
            "Microsoft.ContainerService/managedClusters/agentPools",
            ("properties", "agentPoolProfiles"),
            always=True,
            flat=True,
        ),
        Held(f"{_NETWORK}/expressRouteCircuits/peerings", ("properties", "peerings")),
        Held(
            f"{_NETWORK}/loadBalancers/backendAddressPools", ("properties", "backendAddressPools")
        ),
        Held(f"{_NETWORK}/loadBalancers/inboundNatRules", ("properties", "inboundNatRules")),
        Held(
            f"{_NETWORK}/networkSecurityGroups/securityRules",
            ("properties", "securityRules"),
            always=True,
        ),
        Held(f"{_NETWORK}/routeFilters/routeFilterRules", ("properties", "rules")),
        Held(f"{_NETWORK}/routeTables/routes", ("properties", "routes"), always=True),
        Held(
            f"{_NETWORK}/serviceEndpointPolicies/serviceEndpointPolicyDefinitions",
            ("properties", "serviceEndpointPolicyDefinitions"),
        ),
        Held(f"{_NETWORK}/virtualNetworks/subnets", ("properties", "subnets"), always=True),
        Held(
            f"{_NETWORK}/virtualNetworks/virtualNetworkPeerings",
            ("properties", "virtualNetworkPeerings"),
            always=True,
        ),
    )
}
"""The lists by child type.

https://learn.microsoft.com/azure/templates/microsoft.network/networksecuritygroups
https://learn.microsoft.com/azure/templates/microsoft.containerservice/managedclusters
https://learn.microsoft.com/azure/templates/microsoft.compute/virtualmachinescalesets
"""

_CONNECTIONS: Final = "privateendpointconnections"
"""Children that resources of any type may show.

https://learn.microsoft.com/azure/private-link/manage-private-endpoint
"""


_ENDPOINT: Final = ("properties", "privateEndpoint", "id")


def held(arm_type: str) -> Held | None:
    """Return where parents show their children of a type; None if they do not."""
    if arm_type.rpartition("/")[2] == _CONNECTIONS:
        return Held(arm_type, ("properties", "privateEndpointConnections"))
    return _HELD.get(arm_type)


def children_of(parent: Resource, where: Held) -> Iterator[Resource]:
    """Yield the children that the document of a resource shows.

    Gaps in the parent's document are gaps in the child too.
    """
    kind = where.arm_type.rpartition("/")[2]
    written_id = value_at(parent.body, ("id",)) or parent.id
    for place, member in enumerate(items(value_at(parent.body, where.path))):
        if not isinstance(member, Mapping) or not (name := _name_of(member)):
            continue
        steps = (*(step.lower() for step in where.path), str(place))
        spelled = f"{written_id}/{kind}/{name}"
        body = {"id": spelled, "type": where.arm_type, "name": name}
        yield Resource(
            normalise(spelled),
            where.arm_type.lower(),
            name,
            body | dict(_unfolded(member, flat=where.flat)),
            parent.origin,
            tuple(_beneath(parent.gaps, steps, flat=where.flat)),
            *parent.written.part(spell_path(steps)),
        )


def _name_of(member: object) -> str:
    """Return the name of a member without its parent's name; empty if it has none.

    A declared connection has the name of its private endpoint, with which Azure prefixes its name.
    """
    named = value_at(member, ("name",)) or value_at(member, ("id",)) or value_at(member, _ENDPOINT)
    return name_of(named) if isinstance(named, str) else ""


def _unfolded(member: Mapping[str, object], *, flat: bool) -> Mapping[str, object]:
    """Return a member as the document of a child."""
    if not flat:
        return member
    return {"properties": {key: each for key, each in member.items() if key.lower() != "name"}}


def _beneath(gaps: Gaps, at: Steps, *, flat: bool) -> Iterator[tuple[Steps, Gap]]:
    """Yield the gaps in a member of a list, with paths relative to the member."""
    for path, gap in gaps:
        if path[: len(at)] == at:
            inside = path[len(at) :]
            yield (("properties", *inside) if flat and inside else inside), gap


def unseen(parent: Resource, where: Held) -> Gap | None:
    """Return why a resource may have children its document does not show; None if it cannot."""
    if gap := gap_at(parent, where.path, whole=False):
        return gap
    found, spelled = value_at(parent.body, where.path), spell_path(where.path)
    if is_list(found):
        if gap := hidden_among(set(map(str, range(len(found)))), parent, where.path):
            return gap
        if all(map(_name_of, found)):
            return None
        detail = f"not every member of {spelled} has a name"
    elif found is None and (not where.always or parent.origin.api_version == AS_DECLARED):
        return None
    else:
        detail = f"the document has no list {spelled}"
    return Gap(parent.id, spelled, Reason.NOT_COLLECTED, detail)


def judge_children(policies: Sequence[Rule], estate: Estate) -> Iterator[Finding]:
    """Yield the finding of every policy on every child that only its parent shows.

    Children that were read on their own are skipped.
    """
    by_parent = _by_parent(policies, estate)
    for parent in estate.of_types(by_parent) if by_parent else ():
        for arm_type, rules in by_parent[parent.type].items():
            where = held(arm_type)
            if where and estate.store.sight(parent.id, arm_type) is False:
                yield from _findings(rules, parent, where, estate)


def _findings(
    rules: Sequence[Rule], parent: Resource, where: Held, estate: Estate
) -> Iterator[Finding]:
    """Yield the finding of each policy on each child of one type, and on those not shown."""
    for child in children_of(parent, where):
        if estate.store.get(child.id) is None:
            reference = reference_to(child)
            yield from (Finding(rule, reference, judge(rule, child, estate)) for rule in rules)
    if gap := unseen(parent, where):
        blind, arm_type = reference_to(parent), where.arm_type.lower()
        yield from (Finding(rule, blind, unknown(gap), arm_type) for rule in rules)


def _by_parent(
    policies: Sequence[Rule], estate: Estate
) -> Mapping[str, Mapping[str, Sequence[Rule]]]:
    """Group the policies by the parent and child types they apply to."""
    found: defaultdict[str, defaultdict[str, list[Rule]]] = defaultdict(lambda: defaultdict(list))
    every: tuple[str, ...] = ()
    for rule in policies:
        types = rule.types
        if rule.applies_to == ANY_TYPE:
            every = every or _types_held(estate)
            types = every
        for arm_type in types:
            if held(arm_type):
                found[arm_type.rpartition("/")[0]][arm_type].append(rule)
    return found


def _types_held(estate: Estate) -> tuple[str, ...]:
    """Return every child type that resources of the estate may show."""
    parents = estate.store.counts()
    tabled = (each for each in _HELD if each.rpartition("/")[0] in parents)
    return (*tabled, *(f"{each}/{_CONNECTIONS}" for each in sorted(parents)))
