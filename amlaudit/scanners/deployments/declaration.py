"""What a deployment declares, as evidence: a document, its gaps, and what they prove."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from amlaudit.core.arm_id import normalise, type_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import Steps, spell_path
from amlaudit.core.place import NOWHERE, Written
from amlaudit.core.relation_kinds import Children, Referrers
from amlaudit.core.relations import (
    ADDRESS_RECORD,
    ASSESSMENT,
    CLUSTER_LOCATION,
    DATASTORE,
    KUBERNETES_VERSIONS,
    LOCK,
    LOG_TABLE,
    ML_LOCATION,
    OUTBOUND_RULE,
    QUOTA,
    QUOTA_USAGE,
    REGISTRY_USAGE,
    RELATIONS,
    SECRET,
    SUB_ASSESSMENT,
)
from amlaudit.core.resource import AS_DECLARED, Document
from amlaudit.core.secrets import safe
from amlaudit.core.texts import cut
from amlaudit.scanners.deployments.document_paths import folded, lies_in
from amlaudit.scanners.deployments.literals import LONGEST, as_read
from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.json_values import SCALARS

_MADE_BY_AZURE: Final = frozenset(
    {
        ADDRESS_RECORD, ASSESSMENT, CLUSTER_LOCATION, DATASTORE, KUBERNETES_VERSIONS, LOG_TABLE,
        ML_LOCATION, QUOTA, QUOTA_USAGE, REGISTRY_USAGE, SECRET, SUB_ASSESSMENT,
    }
)  # fmt: skip
"""Children created with a resource or written during its use, declared or not."""

_ALSO_FROM_ABOVE: Final = frozenset({LOCK})
"""Types also inherited from parent scopes, so that a resource's own are not all of them."""

_LONGEST_SHOWN: Final = 160
"""Maximum number of characters of an expression in a message."""


_OUTBOUND_RULES: Final = ("properties", "managednetwork", "outboundrules")
"""Where a workspace declares the outbound rules that Azure lists separately."""


class Unresolved(NamedTuple):
    """A placeholder in a declared document for a value that only the deployment determines.

    Attributes:
        why: What determines it, in readable form: an expression, `known after apply`.
        reason: Why it is unknown.
        is_rest: In a list or object, it stands for any further members, perhaps none.
        stands_for: Identity of the value; see `Gap`.
    """

    why: str
    reason: Reason = Reason.UNRESOLVED
    is_rest: bool = False
    stands_for: str = ""


def declared(
    document: Document,
    *,
    api_version: str = "",
    written: Written = NOWHERE,
    is_new: bool,
) -> Found:
    """Return the evidence that a declaration of a resource gives.

    Args:
        document: The ARM document, with its `id`; `Unresolved` for every value not known yet.
        api_version: API version that it is written for.
        written: Where it is written.
        is_new: The deployment creates the resource: all of its children, and all resources that
            refer to it, are declared ones.
    """
    resource_id = normalise(str(document["id"]))
    gaps: list[tuple[Steps, Gap]] = []
    try:
        body = _without_unresolved(document, (), resource_id, gaps)
    except RecursionError:
        detail = "the declaration is nested too deeply to be read"
        gaps = [((), Gap(resource_id, "", Reason.UNSUPPORTED, detail))]
        body = {"id": document["id"]}
    kept = body if isinstance(body, Mapping) else {}
    seen = _types_seen_with(type_of(resource_id)) if is_new else ()
    if OUTBOUND_RULE in seen and any(lies_in(_OUTBOUND_RULES, path) for path, _ in gaps):
        seen = tuple(each for each in seen if each != OUTBOUND_RULE)
    # A version that does not know a property cannot set it: a new resource gets Azure's default.
    version = AS_DECLARED if is_new else api_version
    return Found(
        kept,
        api_version=version,
        gaps=tuple(gaps),
        written=written,
        declared=True,
        seen=seen,
    )


def _without_unresolved(
    value: object, path: Steps, resource_id: str, gaps: list[tuple[Steps, Gap]]
) -> object:
    """Return a value as Azure reads it, with null and a gap for whatever is unresolved."""
    if isinstance(value, Unresolved):
        spelled = spell_path(path)
        when = " is decided only at deployment" if value.reason is Reason.UNRESOLVED else ""
        detail = f"{spelled}{when}: {_shown(value.why)}"
        place = (*folded(path), FURTHER) if value.is_rest else folded(path)
        gap = Gap(resource_id, spelled, value.reason, detail, stands_for=value.stands_for)
        gaps.append((place, gap))
        return None
    if isinstance(value, Mapping):
        for rest in filter(_is_rest, value.values()):
            _without_unresolved(rest, path, resource_id, gaps)
        return {
            key: member
            if _is_surely_unchanged(member)
            else _without_unresolved(member, (*path, str(key)), resource_id, gaps)
            for key, member in _without_respelled(value, path).items()
            if not _is_rest(member)
        }
    if isinstance(value, list | tuple):
        members = [each for each in value if not _is_rest(each)]
        for rest in filter(_is_rest, value):
            _without_unresolved(rest, path, resource_id, gaps)
        return [
            _without_unresolved(member, (*path, str(index)), resource_id, gaps)
            for index, member in enumerate(members)
        ]
    return as_read(value, path) if isinstance(value, str) else value


def _is_rest(member: object) -> bool:
    """Tell whether a member of a list or object stands for any further ones."""
    return isinstance(member, Unresolved) and member.is_rest


def _without_respelled(value: Mapping[str, object], path: Steps) -> Mapping[str, object]:
    """Return an object without keys that differ only by case: which one applies is unknown.

    Azure ignores case in property names, so that one spelling can hide another.
    """
    if _are_distinct(tuple(value)) or _has_own_names(path):
        return value
    spellings: dict[str, list[str]] = {}
    for key in value:
        spellings.setdefault(key.lower(), []).append(key)
    return {
        keys[0]: value[keys[0]]
        if len(keys) == 1
        else Unresolved(_declared_as(keys), Reason.UNSUPPORTED)
        for keys in spellings.values()
    }


@lru_cache(maxsize=8192)  # documents of a type have few sets of keys between them
def _are_distinct(keys: tuple[str, ...]) -> bool:
    """Tell whether no two keys are equal when case is ignored."""
    return len({key.lower() for key in keys}) == len(keys)


def _has_own_names(path: Steps) -> bool:
    """Tell whether an object's keys may differ only by case, like HTTP_PROXY in Linux."""
    return bool(path) and path[-1].lower() == "environmentvariables"


def _declared_as(keys: list[str]) -> str:
    """Return the message that one property is declared under several spellings."""
    return f"it is declared as {' and as '.join(keys)}, and Azure ignores case"


def _is_surely_unchanged(value: object) -> bool:
    """Tell quickly whether a value holds nothing unresolved, nor text to read; most do not."""
    return len(value) > LONGEST if isinstance(value, str) else type(value) in SCALARS


@lru_cache(maxsize=1024)  # many gaps share one reason
def _shown(why: str) -> str:
    """Return an explanation short enough for a message, without secrets."""
    return cut(safe(" ".join(why.split())), _LONGEST_SHOWN)


@lru_cache(maxsize=1024)  # as many as there are types
def _types_seen_with(arm_type: str) -> tuple[str, ...]:
    """Return the types attached to or referring to a new resource, all of them declared ones."""
    not_theirs = _MADE_BY_AZURE | _ALSO_FROM_ABOVE
    children = {
        each.target
        for each in RELATIONS.values()
        if isinstance(each, Children) and each.starts_at(arm_type)
    }
    users = {
        each.target
        for each in RELATIONS.values()
        if isinstance(each, Referrers) and each.starts_at(arm_type)
    }
    return tuple(sorted((children | users) - not_theirs))
