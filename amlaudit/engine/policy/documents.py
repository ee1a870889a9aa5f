"""Finds values in the document of a resource by the path of an alias.

https://learn.microsoft.com/azure/governance/policy/how-to/author-policies-for-arrays
"""

from collections.abc import Mapping
from itertools import pairwise, zip_longest
from typing import Final

from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.hidden import gap_at
from amlaudit.core.members import hidden_among
from amlaudit.core.path import ABSENT, Misfit, Steps, describe, read, spell_path
from amlaudit.core.patterns import late_pattern
from amlaudit.core.resource import Resource
from amlaudit.engine.policy.aliases import PROPERTIES, AliasPath
from amlaudit.engine.policy.frame import Element
from amlaudit.language.values import is_list

_KINDS: Final = ("type", "kind")
"""How the names of properties end that tell the kind of a value, lower case."""

_SEPARATOR: Final = late_pattern(r"[./]")


def collect(
    resource: Resource,
    begin: Element,
    path: AliasPath,
    groups: tuple[Steps, ...],
    *,
    whole: bool,
) -> list[Element]:
    """Return the values at the end of a path that leads through lists, with their places."""
    found: list[Element] = []

    def walk(node: object, place: Steps, rest: tuple[Steps, ...]) -> None:
        steps = steps_in(resource, (node, place), path, rest[0])
        here = place + steps
        last = len(rest) == 1
        if resource.gaps and (gap := gap_at(resource, here, whole=whole and last)):
            found.append((gap, here))
            return
        value = value_at(node, steps)
        if last:
            found.append((value, here))
        elif is_list(value):
            for index, member in enumerate(value):
                walk(member, (*here, str(index)), rest[1:])
            if gap := hidden_among(set(map(str, range(len(value)))), resource, here):
                found.append((gap, here))
        elif value is not None:
            found.append((_misfit(resource, here, value), here))

    walk(*begin, groups)
    return found


def steps_in(resource: Resource, begin: Element, path: AliasPath, steps: Steps) -> Steps:
    """Return the steps in a document that correspond to those of a path.

    They only differ where the document is of another API version, for loose paths, and in the child
    of the type that a path is for. What looks like a kind may be a property after all, as aliases
    ignore case; and what has its own `properties`, and what is next to them, differs from type to
    type.
    """
    node, place = begin
    own: Steps = ()

    def is_there(*inner: str) -> bool:
        return value_at(node, inner) is not None or bool(
            resource.gaps and gap_at(resource, (*place, *own, *inner), whole=True)
        )

    if path.spare and not is_there(*steps) and is_there(*path.spare):
        return path.spare
    if not path.is_loose and resource.type != path.child_type:
        return steps
    left_out = path.kinds | _names_in(resource, place, path, steps)
    for step, following in zip_longest(steps, steps[1:]):
        if not is_there(step):
            here = (*place, *own)
            may_be_kind = here and (is_there(following) if following else step[:1].isupper())
            if step in left_out or (may_be_kind and _is_kind(resource, here, node, step)):
                continue
            if step == PROPERTIES and here and following and is_there(following):
                continue
            if is_there(PROPERTIES, step):
                own, node = (*own, PROPERTIES), value_at(node, (PROPERTIES,))
        own, node = (*own, step), value_at(node, (step,))
    return own


def _is_kind(resource: Resource, place: Steps, value: object, step: str) -> bool:
    """Tell whether a value says by its type or kind that it is what a step of a path names.

    `uri_folder.dataUri` is the `dataUri` where the `dataType` is that; the step has hyphens for
    what separates words in a kind.

    Raises:
        NoDataError: Its type or kind is not known.
    """
    here = tuple(each.lower() for each in place)
    for path, gap in resource.gaps:
        if path[:-1] == here and path[-1].endswith(_KINDS):
            raise NoDataError(gap)
    members = value.items() if isinstance(value, Mapping) else ()
    kinds = (each for key, each in members if key.lower().endswith(_KINDS))
    names = (_SEPARATOR.sub("-", each) for each in kinds if isinstance(each, str))
    return any(name.lower() == step.lower() for name in names)


def _names_in(resource: Resource, place: Steps, path: AliasPath, steps: Steps) -> set[str]:
    """Return the steps that only name the resource or its type, which its document may lack.

    `accounts/parts.size` is the `size` of `accounts/parts`, and `config/authSettingsV2.platform` is
    the `platform` of the child that is called so.
    """
    found: set[str] = set()
    if resource.type == path.child_type:
        found |= {step for step in steps if f"{path.arm_type}/{step.lower()}" == resource.type}
    is_in_child = not place and resource.type.count("/") > 1
    if is_in_child and steps[:1] == (PROPERTIES,) and len(steps) > 2:  # noqa: PLR2004 - name, and one in it
        found |= {step for step in steps[1:2] if step.lower() == resource.name.lower()}
    return found


def value_at(node: object, steps: Steps) -> object:
    """Return the value at a path; None if there is none, or if the path cannot be followed."""
    value = read(node, steps)
    return None if value is ABSENT or isinstance(value, Misfit) else value


def following(word: str, value: object) -> str | None:
    """Return the segment of an id that follows a word, None if there is none.

    https://learn.microsoft.com/javascript/api/@azure/arm-resources/aliaspattern
    """
    segments = value.split("/") if isinstance(value, str) else []
    return next((each for before, each in pairwise(segments) if before.lower() == word), None)


def _misfit(resource: Resource, steps: Steps, value: object) -> Gap:
    """Return the gap for a value that is not a list where a path expects one."""
    path = spell_path(steps)
    detail = f"{path} holds {describe(value)} where a list was expected"
    return Gap(resource.id, path, Reason.UNSUPPORTED, detail)
