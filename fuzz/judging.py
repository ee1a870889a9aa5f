"""Damaged bodies under every shipped rule, and what losing knowledge may do to a verdict.

1. Whatever a body holds, a verdict comes out.
2. A gap leaves a verdict as it was, or makes it unknown, whatever stands behind it.
3. No false pass: where a gap would leave a verdict unknown, the absence of the same part makes a
   pass of a fail or of an unknown only by what a rule says of absence: a documented default, a
   question whether something exists, a collection that has one member less, or a tag that tells
   what a resource is for. What a resource belongs or refers to is left alone, by an id, a name or
   the tag of a pair: an absent reference refers to nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from msgspec.structs import replace

from amlaudit.core.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Exists,
    InContext,
    Not,
    Tagged,
)
from amlaudit.core.context import LABELS
from amlaudit.core.gap import Reason
from amlaudit.core.path import Steps, read, spell_path
from amlaudit.core.references import attached_to, names_of
from amlaudit.core.relation_kinds import Named
from amlaudit.core.relations import RELATIONS
from amlaudit.core.resource import Resource
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Evidence, Seen, Status, Verdict, evidence_of
from fuzz.mutate import Place, at_place, copied, damaged_tree, places
from fuzz.worlds import DefectError, World, hidden, worlds

_BY_NAME: Final = (("tags", "dr-pair"), ("properties", "accountName"))
"""Where documents refer to others by something else than an id."""

_QUESTIONS: Final = ("set", "not set")
"""What evidence of a condition with `exists` expects."""


def body_round(random: Random, _folder: Path) -> None:
    """Judge a damaged body by every rule of its type."""
    world = random.choice(worlds())
    resource = _some_resource(random, world)
    body = damaged_tree(random, dict(resource.body))
    if isinstance(body, dict):
        damaged = world.with_resource(replace(resource, body=body))
        for rule in damaged.rules:
            damaged.verdict(rule)


def loss_round(random: Random, _folder: Path) -> None:
    """Take a part of a body away, or hide it, and compare the verdicts."""
    world = random.choice(worlds())
    resource = _some_resource(random, world)
    if random.random() < 0.3:  # noqa: PLR2004
        body = damaged_tree(random, dict(resource.body), most=1)
        resource = replace(resource, body=body if isinstance(body, dict) else {})
        world = world.with_resource(resource)
    found = [place for place in places(resource.body) if place[0] not in ("id", "type", "name")]
    if not found:
        return
    place = random.choice(found)
    steps = tuple(map(str, place))
    with_less = replace(resource, body=_without(resource.body, place))
    is_key = isinstance(place[-1], str)
    for rule in world.rules:
        before = world.verdict(rule)
        unseen = world.with_resource(hidden(with_less if is_key else resource, steps)).verdict(rule)
        behind = world.with_resource(hidden(resource, steps)).verdict(rule)
        for each in (unseen, behind):
            _compare_hidden(rule, before, each, place)
        if is_key and _ties(with_less) == _ties(resource):
            after = world.with_resource(with_less).verdict(rule)
            _compare_removed(rule, before, after, unseen, (with_less, steps))


def _compare_hidden(rule: Rule, before: Verdict, unseen: Verdict, place: Place) -> None:
    """Raise DefectError if hiding a part turned a verdict into another than unknown."""
    if before.reason is Reason.RULE_ERROR:
        return  # what could not be judged for its shape can be judged without it
    if unseen.status not in (before.status, Status.UNKNOWN):
        where = spell_path(tuple(map(str, place)))
        raise DefectError(f"{rule.id}: a gap turns {before.status} into {unseen.status}; {where}")


def _compare_removed(
    rule: Rule, before: Verdict, after: Verdict, unseen: Verdict, lost: tuple[Resource, Steps]
) -> None:
    """Raise DefectError if a rule passes for no reason it gives."""
    is_better = before.status in (Status.FAIL, Status.UNKNOWN) and after.status is Status.PASS
    if is_better and unseen.status is Status.UNKNOWN and not _is_meant(rule, after, *lost):
        raise DefectError(f"{rule.id}: a false pass without {spell_path(lost[1])}")


def _is_meant(rule: Rule, after: Verdict, resource: Resource, steps: Steps) -> bool:
    """Tell whether a rule says what the absence of a part means."""
    own = (
        each
        for each in evidence_of(after.looks, resource.id, None)
        if each.resource_id == resource.id
    )
    if any(_tells_of_absence(each, steps) for each in own):
        return True
    meant = [*_meanings(rule.require, ()), *_meanings(rule.when, ())]
    if rule.path.endswith(".py"):  # any of them may ask what a resource is for
        meant += [("tags", tag) for label in LABELS.values() for tag in label.tags]
    return any(_matches(path, steps) for path in meant)


def _tells_of_absence(evidence: Evidence, steps: Steps) -> bool:
    """Tell whether a piece of evidence rests on the absence of a part, or on its collection."""
    if evidence.path.lower() == spell_path(steps[:-1]).lower():
        return True
    if not _overlap(evidence.path, spell_path(steps)):
        return False
    asked = evidence.seen is Seen.ABSENT and evidence.expected in _QUESTIONS
    return asked or evidence.seen is Seen.DEFAULT


def _overlap(path: str, other: str) -> bool:
    """Tell whether one path leads through the other."""
    short, long = sorted((path.lower(), other.lower()), key=len)
    return long == short or long.startswith((short + ".", short + "["))


def _meanings(condition: Condition | None, above: Steps) -> Iterator[Steps]:
    """Yield the paths of which a condition says what their absence means; `*` is any member."""
    match condition:
        case AllOf(several) | AnyOf(several):
            for each in several:
                yield from _meanings(each, above)
        case Not(inner):
            yield from _meanings(inner, above)
        case Comparison(path=path, default=default) if default:
            yield (*above, *path)
        case Exists(path=path):
            yield (*above, *path)
        case InContext(label=label) | Tagged(label=label):
            yield from (("tags", tag) for tag in LABELS[label].tags)
        case CountMembers(path=path, where=where, default=default):
            if default:
                yield (*above, *path)
            yield (*above, *path, "*")
            yield from _meanings(where, (*above, *path, "*"))
        case CountNeighbours(where=where):
            yield from _meanings(where, ())
        case _:
            pass


def _matches(path: Steps, steps: Steps) -> bool:
    """Tell whether a path with `*` leads through steps, or they through it."""
    return all(
        step in ("*", other) or step.lower() == other.lower()
        for step, other in zip(path, steps, strict=False)
    )


def _ties(resource: Resource) -> tuple[str, ...]:
    """Return what a resource belongs to, and what it refers to, also what cannot be read of it."""
    named = {name: each for name, each in RELATIONS.items() if isinstance(each, Named)}
    links = (
        f"{name} {target if isinstance(target, str) else target.detail}"
        for name, each in named.items()
        for target in names_of(resource, each)
    )
    shown = (read(resource.body, path) for path in _BY_NAME)
    by_name = (each if isinstance(each, str) else "" for each in shown)
    return attached_to(resource.id, resource.type, resource.body), *links, *by_name


def _some_resource(random: Random, world: World) -> Resource:
    """Return the subject of a world, or a resource beside it."""
    if random.random() < 0.5:  # noqa: PLR2004
        return world.case.subject
    return random.choice(world.store.resources)


def _without(body: object, place: Place) -> dict[str, Any]:
    """Return a body without the part at a place."""
    found: dict[str, Any] = copied(dict(body) if isinstance(body, dict) else {})
    del at_place(found, place[:-1])[place[-1]]
    return found
