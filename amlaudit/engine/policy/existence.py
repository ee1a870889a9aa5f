"""Existence checks: whether one of the resources related to another passes.

https://learn.microsoft.com/azure/governance/policy/concepts/effect-audit-if-not-exists
"""

from typing import NamedTuple

from msgspec.structs import replace

from amlaudit.core.conditions import FALSE, TRUE, UNKNOWN
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.path import describe
from amlaudit.core.resource import Resource
from amlaudit.engine.outcome import Tally
from amlaudit.engine.policy.compile import compile_condition
from amlaudit.engine.policy.conditions import AllOf
from amlaudit.engine.policy.definition import Details
from amlaudit.engine.policy.fields import full_name
from amlaudit.engine.policy.frame import Frame, Search
from amlaudit.engine.policy.looks import Judge, Look, Result
from amlaudit.engine.policy.operands import Env, Operand, operand
from amlaudit.language.values import EvaluationError


class _Sought(NamedTuple):
    """What an existence check looks for, compiled."""

    arm_type: Operand
    name: Operand
    group: Operand
    scope: Operand
    condition: Judge


def compile_details(details: Details, env: Env) -> Judge:
    """Return the judge of whether a related resource passes."""
    arm_type, name, group, scope = (
        operand(each, env)
        for each in (details.arm_type, details.name, details.group, details.scope)
    )
    condition = details.condition or AllOf(())
    judge = compile_condition(condition, replace(env, existence=True))
    sought = _Sought(arm_type, name, group, scope, judge)
    return lambda frame: _exists(frame, sought)


def _exists(frame: Frame, sought: _Sought) -> Result:
    """Return whether a related resource passes: one is enough, whatever else fails."""
    arm_type = _read_text(sought.arm_type, frame)
    name, name_gap = _name(sought.name, frame)
    everywhere = _read_text(sought.scope, frame).lower() == "subscription"
    search = Search(arm_type.lower(), _read_text(sought.group, frame), everywhere)
    label = f"related {arm_type} {name}".rstrip()
    looks: list[Look] = []
    count, gap, failed = 0, None, None
    try:
        for candidate in frame.surroundings.related(search):
            if not is_named(candidate, name):
                continue
            count += 1
            try:
                truth, found = sought.condition(Frame(candidate, frame.surroundings, frame))
            except EvaluationError as error:
                failed = failed or error
                continue
            inside = [look._replace(inside=True) for look in found]
            if truth == TRUE and name_gap:  # it may not be the one that is looked for
                gap = gap or name_gap
            elif truth == TRUE:
                head = Look(frame.resource, label, "exists", "true", candidate.id)
                return Result(TRUE, (head, *inside))
            gap = gap or next((look.gap for look in found if look.gap), None)
            looks += inside
    except NoDataError as error:
        gap = gap or error.gap
    if failed and not gap:
        raise failed
    head = Look(frame.resource, label, "exists", "true", Tally(f"none of {count} passes"), gap)
    return Result(UNKNOWN if gap else FALSE, (head, *looks))


def _name(part: Operand, frame: Frame) -> tuple[str, Gap | None]:
    """Return the name that is looked for, and why it is unknown: then any name may be it."""
    try:
        return _read_text(part, frame), None
    except NoDataError as error:
        return "", error.gap


def _read_text(part: Operand, frame: Frame) -> str:
    """Return a text of the details.

    Raises:
        NoDataError: It is not known.
        EvaluationError: It is not a text, or cannot be evaluated.
    """
    value = part.read(frame)
    if isinstance(value, str):
        return value
    raise EvaluationError(f"details: must be a string, not {describe(value)}")


def is_named(resource: Resource, name: str) -> bool:
    """Tell whether a resource has a name; `parent/?` is any name under the parent.

    A name without parents is compared with the resource's own name only.
    """
    if not name:
        return True
    full, wanted = full_name(resource).lower(), name.lower()
    if wanted.rpartition("/")[2] == "?":
        return full.rpartition("/")[0] == wanted.rpartition("/")[0]
    return wanted == (full if "/" in wanted else full.rpartition("/")[2])
