"""Cases of policy definitions: a definition, a resource, and the expected outcome.

A case is a JSON file (comments are allowed): `policy`, `resource` and `expected`, and where needed
`parameters`, `related` (candidates for the existence check), `context` (the results of
`resourceGroup()`, `subscription()` and `utcNow()`) and `aliases` (paths of aliases of invented
types).
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec import Struct

from amlaudit.core import arm_id
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.path import describe
from amlaudit.core.references import attached_to
from amlaudit.core.resource import Origin, Resource
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.applicability import is_beneath
from amlaudit.engine.policy.children import children_of, held
from amlaudit.engine.policy.definition import PolicyDefinition, read_definition
from amlaudit.engine.policy.evaluate import Outcome, State, compile_policy
from amlaudit.engine.policy.fields import full_name, place_of
from amlaudit.engine.policy.frame import Search
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import moment
from amlaudit.rulebook.azure_policy import shipped_aliases
from amlaudit.rulebook.policy_files import json_files
from amlaudit.sizes import LARGEST_SOURCE, bytes_of
from amlaudit.strict_json import load_commented_json

_NEEDED: Final = ("policy", "resource", "expected")
"""Keys that every case has."""

_OWN: Final = frozenset({"policy", "expected"})
"""Keys that nothing but a case has."""

_TYPES: Final = (
    ("aliases", dict, "an object"),
    ("context", dict, "an object"),
    ("parameters", dict, "an object"),
    ("related", list, "a list"),
)
"""Types of the parts that a case may have."""

_SUBSCRIPTION: Final = "00000000-0000-0000-0000-000000000000"
_GROUP: Final = "rg-case"
_MOMENT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The result of `utcNow()` where a case does not give one: the same in every run."""


class CaseResult(Struct, frozen=True):
    """The result of a case.

    Attributes:
        id: Its id, else the name of its file.
        expected: The expected outcome: a `State`.
        got: The actual outcome.
        why: What decided, for people.
        file: Its file, relative to the folder that was asked for.
    """

    id: str
    expected: str
    got: str
    why: str
    file: str

    @property
    def agrees(self) -> bool:
        """Whether the outcome is the expected one."""
        return self.expected == self.got

    @property
    def place(self) -> str:
        """The id, with the file unless that is called so."""
        return self.id if self.file.startswith(f"{self.id}.") else f"{self.id} ({self.file})"


class _Place(NamedTuple):
    """Where resources without an id are: the name of the subscription and of the group."""

    subscription: str
    group: str

    @property
    def path(self) -> str:
        """The id of the group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"


class _CaseSurroundings(Struct, frozen=True):
    """The surroundings of the resource in a case; see `Surroundings`."""

    place: _Place
    resource: Resource
    others: tuple[Resource, ...]
    context: Mapping[str, Any]
    written: frozenset[str]
    """Ids that the case gives; the others are made up."""

    def group(self) -> Mapping[str, object]:
        """See `Surroundings.group`."""
        spelled = str(self.resource.body["id"])
        length = len(arm_id.resource_group_of(self.resource.id))
        path = spelled[:length] or self.place.path
        made_up: dict[str, object] = {"id": path, "name": arm_id.name_of(path)}
        made_up |= {"location": "westeurope", "tags": {}, "managedBy": None}
        if self.resource.type == arm_id.RESOURCE_GROUP_TYPE:
            made_up |= _shown_by(self.resource, made_up)
        return _completed(_written(self.context, "resourceGroup"), "name", made_up)

    def subscription(self) -> Mapping[str, object]:
        """See `Surroundings.subscription`."""
        path = arm_id.subscription_of(place_of(self.resource))
        made_up: dict[str, object] = {"id": path, "subscriptionId": arm_id.name_of(path)}
        made_up |= {"displayName": "case", "tenantId": _SUBSCRIPTION, "tags": {}}
        if self.resource.type == arm_id.SUBSCRIPTION_TYPE:
            made_up |= _shown_by(self.resource, made_up)
        return _completed(_written(self.context, "subscription"), "subscriptionId", made_up)

    def groups_above(self) -> Collection[str]:
        """See `Surroundings.groups_above`; a case has no assignment that could ask."""
        return ()

    def related(self, search: Search) -> Iterator[Resource]:
        """See `Surroundings.related`.

        Resources that a case lists are where the check looks, unless their ids say otherwise.
        Children that the document of the resource shows need not be listed.
        """
        for each in (self.resource, *self.others, *self._shown(search.arm_type)):
            if each.type == search.arm_type and self._is_looked_at(each, search):
                yield each

    def _shown(self, arm_type: str) -> Iterator[Resource]:
        """Yield the children of a type that the document of the resource shows."""
        where = held(arm_type)
        if where and arm_type.rpartition("/")[0] == self.resource.type:
            listed = {each.id for each in self.others}
            for child in children_of(self.resource, where):
                if child.id not in listed:
                    yield child

    def _is_looked_at(self, other: Resource, search: Search) -> bool:
        """Tell whether a resource may be where an existence check looks."""
        if self.resource.id not in self.written or other.id not in self.written:
            return True
        if search.arm_type.startswith(f"{self.resource.type}/"):
            return arm_id.is_within(other.id, self.resource.id)
        if is_beneath(search, self.resource.type):
            return attached_to(other.id, other.type, other.body) == self.resource.id
        if arm_id.subscription_of(other.id) != arm_id.subscription_of(self.resource.id):
            return False
        group_id, own = map(arm_id.resource_group_of, (other.id, self.resource.id))
        wanted = search.group.lower() or arm_id.name_of(own)
        return search.everywhere or not (group_id and wanted) or arm_id.name_of(group_id) == wanted


def _written(context: Mapping[str, Any], scope: str) -> Mapping[str, object]:
    """Return what a case says about a scope."""
    found = context.get(scope)
    return found if isinstance(found, Mapping) else {}


def _completed(
    written: Mapping[str, object], name: str, made_up: Mapping[str, object]
) -> Mapping[str, object]:
    """Return the facts about a scope: as written, else as made up, with the id and name of one.

    Args:
        written: The facts that the case gives.
        name: The key of the name, with which the id ends.
        made_up: Every fact.
    """
    path = str(written.get("id") or made_up["id"])
    if name in written and "id" not in written:
        path = f"{path.rpartition('/')[0]}/{written[name]}"
    return {**made_up, "id": path, name: arm_id.name_of(path), **written}


def _place_in(context: Mapping[str, Any]) -> _Place:
    """Return where a case puts resources without an id."""
    subscription, group = _written(context, "subscription"), _written(context, "resourceGroup")
    made_up: dict[str, object] = {"id": f"/subscriptions/{_SUBSCRIPTION}"}
    subscription = _completed(subscription, "subscriptionId", made_up)
    group = _completed(group, "name", {"id": f"/resourceGroups/{_GROUP}"})
    return _Place(str(subscription["subscriptionId"]), str(group["name"]))


def _shown_by(scope: Resource, facts: Mapping[str, object]) -> dict[str, object]:
    """Return the facts about a scope that come from its own document."""
    return {key: scope.body[key] for key in facts if key in scope.body and key != "name"}


def run_cases(path: Path) -> tuple[CaseResult | AmlauditError, ...]:
    """Return the results of a case file, or of all cases in and under a folder, by file name.

    Other JSON in a folder, such as definitions, is passed over. A file in it that is not JSON, or
    is meant as a case without being one, has its error in place of a result.

    Raises:
        AmlauditError: The file is not a case, or not JSON.
    """
    if not path.is_dir():
        return (_run(path, path.name, _read(path)),)
    return tuple(filter(None, (_result_of(each, path) for each in json_files(path))))


def _result_of(path: Path, folder: Path) -> CaseResult | AmlauditError | None:
    """Return the result of the case in a file, or why there is none; None: it holds none."""
    shown_as = path.relative_to(folder).as_posix()
    try:
        content = _read(path)
        return _run(path, shown_as, content) if _is_meant_as_case(content) else None
    except AmlauditError as error:
        return error


def _read(path: Path) -> object:
    """Return the JSON value in a file."""
    try:
        found: object = load_commented_json(bytes_of(path, LARGEST_SOURCE))
    except OSError as error:
        raise AmlauditError(
            "E302", f"{path} cannot be read", exit_code=Exit.INPUT_OUTPUT, cause=str(error)
        ) from None
    except (ValueError, RecursionError) as error:
        raise _no_case(path, str(error)) from None
    return found


def _is_meant_as_case(found: object) -> bool:
    """Tell whether a JSON value has what only cases have, or is a list with such an object."""
    members = found if isinstance(found, list) else [found]
    return any(isinstance(each, Mapping) and each.keys() & _OWN for each in members)


def _run(path: Path, shown_as: str, found: object) -> CaseResult:
    """Return the result of one case, given its file, what to call that, and its content."""
    try:
        case = _case(found)
    except ValueError as error:
        raise _no_case(path, str(error)) from None
    name = str(case.get("id", path.stem))
    outcome = evaluate_case(case, name)
    expected = _state(case["expected"])
    return CaseResult(name, expected, outcome.state.value, outcome.message, shown_as)


def _no_case(path: Path, why: str) -> AmlauditError:
    """Return the error for a file that is not a case."""
    return AmlauditError(
        "E201",
        f"{path.name} is not a policy case",
        exit_code=Exit.INVALID,
        cause=why,
        advice="correct the file, or move it out of the folder of cases",
    )


def _case(found: object) -> Mapping[str, Any]:
    """Return a case whose parts have the types that they need.

    Raises:
        ValueError: One has not, or is missing.
    """
    if not isinstance(found, Mapping):
        raise ValueError(f"a case is an object, not {describe(found)}")  # noqa: TRY004 - the file is wrong
    if problem := next(_problems(found), ""):
        raise ValueError(problem)
    return found


def _problems(case: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words which parts of a case are missing or have another type than they need."""
    yield from (f"it has no `{key}`" for key in _NEEDED if key not in case)
    for key, kind, word in _TYPES:
        if not isinstance(case.get(key) or kind(), kind):
            yield f"`{key}` must be {word}, not {describe(case[key])}"
    related = {f"related[{place}]": each for place, each in enumerate(case.get("related") or ())}
    for at, each in {"resource": case["resource"], **related}.items():
        if not isinstance(each, Mapping):
            yield f"`{at}` must be an object, not {describe(each)}"
        elif not isinstance(each.get("type"), str):
            yield f"`{at}` has no `type`"
    for alias, path in (case.get("aliases") or {}).items():
        if not isinstance(path, str):
            yield f"`aliases.{alias}` must be a string, not {describe(path)}"
    if not isinstance(case["expected"], str):
        yield f"`expected` must be a string, not {describe(case['expected'])}"
    yield from _problems_around(case.get("context") or {})


def _problems_around(context: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words which facts about the surroundings do not have the type that they need."""
    for key in ("resourceGroup", "subscription"):
        if not isinstance(context.get(key) or {}, Mapping):
            yield f"`context.{key}` must be an object, not {describe(context[key])}"
    now = context.get("utcNow")
    if now is not None and not (isinstance(now, str) and moment(now)):
        yield "`context.utcNow` must be a time such as 2026-01-01T00:00:00Z"


def _state(written: object) -> str:
    """Return an expected outcome as `State` spells it; Azure itself writes `NonCompliant`."""
    text = str(written)
    return next((each.value for each in State if each.value.lower() == text.lower()), text)


def evaluate_case(case: Mapping[str, Any], name: str) -> Outcome:
    """Return the outcome of the policy of a case on its resource.

    A definition or parameters that the service would not accept are a failing evaluation. A null in
    a case counts as absent.
    """
    context, related = case.get("context") or {}, case.get("related") or []
    origin = Origin("case", "", moment(str(context.get("utcNow", ""))) or _MOMENT)
    place = _place_in(context)
    resource = _resource(case["resource"], origin, place)
    others = tuple(_resource(each, origin, place, resource) for each in related)
    bodies = (case["resource"], *related)
    written = frozenset(arm_id.normalise(str(each["id"])) for each in bodies if each.get("id"))
    surroundings = _CaseSurroundings(place, resource, others, context, written)
    aliases: Aliases = shipped_aliases().with_paths(case.get("aliases") or {})
    try:
        definition = read_definition(case["policy"], name)
        evaluate = compile_policy(definition, _given(case, definition), aliases)
    except DefinitionError as error:
        return Outcome(State.ERROR, str(error))
    return evaluate(resource, surroundings)


def _given(case: Mapping[str, Any], definition: PolicyDefinition) -> Mapping[str, object]:
    """Return the values of parameters, which may be written as in an assignment: `{"value": …}`."""
    given: dict[str, object] = {}
    for name, each in (case.get("parameters") or {}).items():
        declared = definition.parameters.get(name.lower())
        is_object = declared is not None and declared.kind == "object"
        is_wrapped = isinstance(each, Mapping) and each.keys() == {"value"} and not is_object
        given[name] = each["value"] if is_wrapped else each
    return given


def _resource(
    body: Mapping[str, Any], origin: Origin, place: _Place, parent: Resource | None = None
) -> Resource:
    """Return a resource of a case; its id is made up if it has none.

    Args:
        body: Its document.
        origin: Where it comes from.
        place: Where it is if it has no id.
        parent: What it is beneath, if it is of a child type of that.
    """
    kind, name = str(body["type"]), str(body.get("name", "case"))
    written = body.get("id") or _made_up_id(kind, name, place, parent)
    key = arm_id.normalise(str(written))
    return Resource(key, kind.lower(), arm_id.name_of(name), {**body, "id": written}, origin)


def _made_up_id(kind: str, name: str, place: _Place, parent: Resource | None) -> str:
    """Return an id for a resource of a type and name, beneath another if it is a child of it."""
    subscription = f"/subscriptions/{place.subscription}"
    if kind.lower() == arm_id.SUBSCRIPTION_TYPE:
        return subscription
    if kind.lower() == arm_id.RESOURCE_GROUP_TYPE:
        return f"{subscription}/resourceGroups/{name}"
    provider, *types = kind.split("/")
    names = name.split("/")
    missing, above = max(len(types) - len(names), 0), list[str]()
    if parent and kind.lower().startswith(f"{parent.type}/"):
        above = full_name(parent).split("/")[:missing]
    names = [*above, *["parent"] * (missing - len(above)), *names]
    pairs = "/".join(f"{each}/{called}" for each, called in zip(types, names, strict=False))
    return f"{place.path}/providers/{provider}/{pairs}"
