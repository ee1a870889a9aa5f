"""Azure Policy definitions read from files, and made into checks of the resources of an estate.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics
https://learn.microsoft.com/azure/governance/policy/concepts/initiative-definition-structure
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from amlaudit.core import arm_id
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.path import describe
from amlaudit.core.resource import Resource
from amlaudit.core.rule import Check
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.applicability import EXTENSIONS
from amlaudit.engine.policy.definition import (
    PolicyDefinition,
    check_expressions,
    read_definition,
    read_parameters,
    unescape,
)
from amlaudit.engine.policy.evaluate import Outcome, State, compile_policy
from amlaudit.engine.policy.fields import gap_at, value_at
from amlaudit.engine.policy.frame import Search
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import Unknown, items
from amlaudit.sizes import LARGEST_JSON, bytes_of

_STATUSES: Final = {
    State.NON_COMPLIANT: Status.FAIL,
    State.COMPLIANT: Status.PASS,
    State.NOT_APPLICABLE: Status.NOT_APPLICABLE,
    State.ERROR: Status.UNKNOWN,
    State.UNKNOWN: Status.UNKNOWN,
}

_CONNECTIONS: Final = "privateendpointconnections"
"""Children that stand whole in the document of their parent, so that nothing else need be read.

https://learn.microsoft.com/azure/private-link/manage-private-endpoint
"""


@cache
def shipped_aliases() -> Aliases:
    """Return the alias table that comes with the package."""
    table = files("amlaudit.rulebook").joinpath("data", "policy_aliases.json")
    document: dict[str, Any] = json.loads(table.read_text("utf-8"))
    return Aliases(frozenset(document["types"]), document["exceptions"])


def read_policies(path: Path) -> tuple[PolicyDefinition, ...]:
    """Return the definitions of a file: its own, or those that its policy set refers to.

    A file holds one definition, a list of them (`az policy definition list`), the answer of the
    REST API, or a template that deploys them. The definitions of a set lie in files beside it or
    in folders below; they are recognised by name.

    Raises:
        AmlauditError: The file is none of these; the message names file and JSON path.
    """
    try:
        return tuple(
            policy for document in _documents(_read_json(path)) for policy in _read(document, path)
        )
    except DefinitionError as error:
        raise _invalid(f"{path.name}: {error}") from None


def as_check(
    definition: PolicyDefinition,
    parameters: Mapping[str, object] | None = None,
    aliases: Aliases | None = None,
) -> Check:
    """Return the check of a rule that holds a resource against a policy definition.

    Args:
        definition: The definition.
        parameters: Values of its parameters, or of those of its set; defaults for the others.
        aliases: The alias table; None: the one that comes with the package.

    Raises:
        AmlauditError: The service would not accept the parameters.
    """
    try:
        evaluate = compile_policy(definition, parameters or {}, aliases or shipped_aliases())
    except DefinitionError as error:
        raise _invalid(f"policy {definition.id}: {error}") from None

    def check(subject: Subject) -> Verdict:
        return verdict_of(evaluate(subject.resource, EstateSurroundings(subject)))

    return check


def verdict_of(outcome: Outcome) -> Verdict:
    """Return the verdict that the outcome of an evaluation stands for."""
    gap = outcome.gap
    return Verdict(
        _STATUSES[outcome.state],
        outcome.message,
        gap.reason if gap else None,
        gap.permission if gap else "",
        outcome.evidence,
    )


@dataclass(frozen=True, slots=True)
class EstateSurroundings:
    """What lies around a resource in its estate; see `Surroundings`."""

    subject: Subject

    def group(self) -> Mapping[str, object]:
        """See `Surroundings.group`."""
        group_id = arm_id.resource_group_of(self.subject.id)
        if not group_id:
            raise NoDataError(_no_scope(self.subject.resource, "resource group"))
        spelled = _spelled(self.subject.resource, group_id)
        facts = _facts(self.subject.estate, group_id, ("location", "tags", "managedBy"))
        # built-in rules ask for managedBy of every group, which only managed ones have
        return {"managedBy": None, **facts, "id": spelled, "name": arm_id.name_of(spelled)}

    def subscription(self) -> Mapping[str, object]:
        """See `Surroundings.subscription`."""
        subscription_id = arm_id.subscription_of(self.subject.id)
        if subscription_id == arm_id.ROOT:
            raise NoDataError(_no_scope(self.subject.resource, "subscription"))
        facts = _facts(self.subject.estate, subscription_id, ("displayName", "tenantId", "tags"))
        named = {"subscriptionId": arm_id.name_of(subscription_id), "id": subscription_id}
        return {**facts, **named}

    def related(self, search: Search) -> Iterator[Resource]:
        """See `Surroundings.related`."""
        resource, estate = self.subject.resource, self.subject.estate
        scope_id = resource.id
        if search.arm_type == f"{resource.type}/{_CONNECTIONS}":
            yield from _connections(resource, search.arm_type)
            return
        if search.arm_type.startswith(f"{resource.type}/"):
            yield from estate.store.inside(scope_id, search.arm_type)
        elif search.arm_type.startswith(EXTENSIONS) and not search.everywhere:
            yield from estate.store.under(scope_id, search.arm_type)
        else:
            scope_id = self._scope_of(search)
            yield from estate.store.inside(scope_id, search.arm_type)
        if gap := estate.sight(scope_id, search.arm_type):
            raise NoDataError(gap)

    def _scope_of(self, search: Search) -> str:
        """Return the id of the resource group or subscription that a search looks in."""
        subscription_id = arm_id.subscription_of(self.subject.id)
        group_id = arm_id.resource_group_of(self.subject.id)
        if search.everywhere or not (search.group or group_id):
            return subscription_id
        if search.group:
            return arm_id.normalise(f"{subscription_id}/resourceGroups/{search.group}")
        return group_id


def _connections(resource: Resource, arm_type: str) -> Iterator[Resource]:
    """Yield the private endpoint connections that the document of a resource holds.

    Raises:
        NoDataError: It is not known whether these are all.
    """
    path = ("properties", _CONNECTIONS)
    if gap := gap_at(resource, path, whole=True):
        raise NoDataError(gap)
    for member in items(value_at(resource.body, path)):
        name = arm_id.name_of(str(value_at(member, ("name",))))
        body = dict(member) if isinstance(member, Mapping) else {}
        found_id = f"{resource.id}/{_CONNECTIONS}/{name.lower()}"
        yield Resource(found_id, arm_type, name, body, resource.origin)


def _facts(estate: Estate, scope_id: str, names: tuple[str, ...]) -> dict[str, object]:
    """Return some properties of a resource group or subscription, each `Unknown` if not known."""
    scope = estate.store.get(scope_id)
    if scope is None:
        part = arm_id.type_of(scope_id)
        detail = f"{scope_id} was not read"
        gap = estate.sight(scope_id, part) or Gap(scope_id, part, Reason.NOT_COLLECTED, detail)
        return dict.fromkeys(names, Unknown(gap))
    found: dict[str, object] = {"tags": {}}
    for name in names:
        gap_inside = gap_at(scope, (name,), whole=True)
        value = Unknown(gap_inside) if gap_inside else value_at(scope.body, (name,))
        if value is not None:
            found[name] = value
    return found


def _spelled(resource: Resource, scope_id: str) -> str:
    """Return the id of a scope above a resource as the resource's own id spells it."""
    written = value_at(resource.body, ("id",))
    shown = str(written)[: len(scope_id)]
    return shown if shown.lower() == scope_id else scope_id


def _no_scope(resource: Resource, kind: str) -> Gap:
    """Return the gap that a resource leaves which lies in no scope of a kind."""
    return Gap(resource.id, "id", Reason.UNSUPPORTED, f"{resource.id} lies in no {kind}")


def _invalid(message: str, advice: str = "") -> AmlauditError:
    """Return the error for a policy that the service would not accept."""
    return AmlauditError("E201", message, exit_code=Exit.INVALID, advice=advice)


def _read_json(path: Path) -> object:
    """Return what a JSON file holds."""
    try:
        found: object = json.loads(bytes_of(path, LARGEST_JSON).decode("utf-8-sig"))
    except OSError as error:
        raise AmlauditError(
            "E302", f"{path} cannot be read", exit_code=Exit.INPUT_OUTPUT, cause=str(error)
        ) from None
    except (ValueError, RecursionError) as error:
        raise _invalid(f"{path.name}: not JSON: {error}") from None
    return found


def _documents(found: object) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects of a file that may be definitions or sets."""
    if isinstance(found, list):
        for each in found:
            yield from _documents(each)
    elif not isinstance(found, Mapping):
        raise DefinitionError("definition", f"an object is needed, not {describe(found)}")
    elif isinstance(found.get("value"), list):
        yield from _documents(found["value"])
    elif isinstance(found.get("resources"), list):
        for each in found["resources"]:
            if _is_policy(each):
                yield each
    else:
        yield found


def _is_policy(resource: object) -> bool:
    """Tell whether a resource of a template is a policy definition or set."""
    kind = resource.get("type") if isinstance(resource, Mapping) else None
    known = ("policydefinitions", "policysetdefinitions")
    return isinstance(kind, str) and kind.lower().rpartition("/")[2] in known


def _read(document: Mapping[str, Any], path: Path) -> Iterator[PolicyDefinition]:
    """Yield the definition that a document is, or those that a set refers to."""
    inner = document.get("properties")
    properties = unescape(inner if isinstance(inner, Mapping) else document)
    if "policyDefinitions" not in properties:
        yield read_definition(document, path.stem)
        return
    outer = read_parameters(properties.get("parameters"), "properties.parameters")
    beside = _definitions_beside(path)
    for place, reference in enumerate(properties["policyDefinitions"]):
        at = f"properties.policyDefinitions[{place}]"
        if not isinstance(reference, Mapping):
            raise DefinitionError(at, f"an object is needed, not {describe(reference)}")
        name = arm_id.name_of(str(reference.get("policyDefinitionId", "")))
        if name.lower() not in beside:
            raise DefinitionError(at, f"no file beside it or below holds the definition {name}")
        given = reference.get("parameters") or {}
        check_expressions(given, f"{at}.parameters")
        bound = {
            key: each.get("value") if isinstance(each, Mapping) else each
            for key, each in given.items()
        }
        own = str(reference.get("policyDefinitionReferenceId") or name)
        document, file = beside[name.lower()]
        yield replace(read_definition(document, file.stem), id=own, bound=bound, outer=outer)


def _definitions_beside(path: Path) -> dict[str, tuple[Mapping[str, Any], Path]]:
    """Return the definitions in the folder of a file and below, by lower-case name.

    What is no definition is passed over: the folder may hold anything.
    """
    found: dict[str, tuple[Mapping[str, Any], Path]] = {}
    for file in sorted(path.parent.rglob("*.json")):
        try:
            for document in _documents(_read_json(file)):
                name = document.get("name")
                found[(name if isinstance(name, str) else file.stem).lower()] = (document, file)
        except (AmlauditError, DefinitionError):
            continue
    return found
