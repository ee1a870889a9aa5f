"""What to know about a step: before it, after it, and how to revert it."""

import json
from collections.abc import Mapping
from shlex import quote
from typing import Final

from msgspec.structs import replace

from amlaudit.core.arm_id import (
    MANAGEMENT_GROUP_TYPE,
    ROOT,
    name_of,
    nearest_of_type,
    normalise,
    subscription_of,
    type_of,
)
from amlaudit.core.commands import command_of
from amlaudit.core.companions import Deed
from amlaudit.core.edits import Edit, flat
from amlaudit.core.patterns import late_pattern
from amlaudit.core.relations import LOCK, ROLE_ASSIGNMENT
from amlaudit.core.report import Finding
from amlaudit.core.rule import Change
from amlaudit.core.verdict import Seen
from amlaudit.reporters.remediation.plan import Phase, Step
from amlaudit.reporters.texts import sentence

_DOWNTIME: Final = {
    Phase.PREPARE: "none: something is added",
    Phase.CHANGE: "none is expected",
    Phase.CLOSE: "clients that rely on the closed access are cut off",
    Phase.REBUILD: "the resource is unavailable until recreated, or something is lost permanently",
}
_PRECONDITION: Final = {
    Phase.PREPARE: "",
    Phase.CHANGE: "Nobody relies on the old setting",
    Phase.CLOSE: "The previous steps are done, and everyone who needs access has another way in",
    Phase.REBUILD: "The contents of the resource are saved elsewhere, and its owner agrees",
}


def downtime_of(step: Step) -> str:
    """Return who is affected by the step."""
    return _DOWNTIME[step.phase]


def precondition_of(step: Step) -> str:
    """Return what must hold before the step, with the rule's explanation."""
    parts = (_PRECONDITION[step.phase], step.finding.rule.fix.note)
    return " ".join(sentence(each) for each in parts if each) or "Nothing."


def state_command(step: Step) -> str:
    """Return the command that shows the current state, to be saved before any change."""
    touched = (each.id for each in flat(step.edits or ()) if each.deed is not Deed.ADD)
    ids = list(dict.fromkeys(touched)) or [step.finding.resource.id]
    return f"az resource show --ids {' '.join(map(quote, ids))}"


def verification_of(step: Step) -> str:
    """Return the command that shows whether the step was successful."""
    finding = step.finding
    if settings := finding.rule.fix.settings:
        fields = ", ".join(_queried(path) for path in settings)
        shown = f"az resource show --ids {quote(finding.resource.id)}"
        return f"{shown} --query {quote(f'[{fields}]')}"
    return f"amlaudit scan {_scope_of(finding.resource.id)}--select {quote(finding.rule.id)}"


def _scope_of(resource_id: str) -> str:
    """Return the option that makes a scan see a resource, empty for one above all scopes."""
    subscription = subscription_of(resource_id)
    if subscription != ROOT:
        return f"--subscription {quote(name_of(subscription))} "
    group = nearest_of_type(resource_id, MANAGEMENT_GROUP_TYPE)
    return f"--management-group {quote(name_of(group))} " if group else ""


def rollback_of(step: Step) -> str:
    """Return the command that reverts the step, empty if none is known."""
    if made := _made(step):
        return f"az resource delete --ids {' '.join(map(quote, reversed(made)))}"
    finding = step.finding
    if finding.rule.fix.change is not Change.IN_PLACE or not finding.rule.fix.settings:
        return ""
    parts = [_restored(finding, path) for path in finding.rule.fix.settings]
    if not all(parts):
        return ""
    return f"az resource update --ids {quote(finding.resource.id)} {' '.join(parts)}"


def commands_of(step: Step) -> str:
    """Return the commands of the step.

    Resources to create or delete are known if the step was rehearsed; otherwise, and for settings,
    the rule's own commands are used.
    """
    parts = [part for each in _to_do(step) for part in (each, *each.then)]
    commands = [_command(each) for each in parts]
    return "\n".join(commands) if commands and all(commands) else command_of(step.finding)


def deeds_of(step: Step) -> list[str]:
    """Return what the step does to which resource, in words, if it was rehearsed."""
    if step.edits == ():
        return ["nothing more: other steps fix it"]
    return [_deed(each) for each in _to_do(step)]


def _to_do(step: Step) -> list[Edit]:
    """Return what people do in the step, as far as it was rehearsed."""
    return [
        replace(each.to_do, dropped=each.dropped, is_there=each.is_there)
        for each in step.edits or ()
    ]


def _deed(edit: Edit) -> str:
    """Return in words what is done to a resource."""
    match edit.deed:
        case Deed.ADD:
            return f"{'set' if edit.is_there else 'make'} {edit.id}"
        case Deed.REMOVE if not edit.dropped:
            return f"remove {edit.id}"
        case Deed.REMOVE:
            return f"take {', '.join(map(_named, edit.dropped.values()))} out of {edit.id}"
        case _:
            return f"set {', '.join((*edit.body, *edit.joined))} of {edit.id}"


def _named(member: object) -> str:
    """Return a list member's name, or the member itself."""
    name = member.get("name") if isinstance(member, Mapping) else member
    return str(name or "an entry")


def _command(edit: Edit) -> str:
    """Return the command that creates or deletes a resource, empty for anything else.

    Existing resources keep what is not declared, which no such command preserves.
    """
    if edit.deed is Deed.ADD and edit.api_version and not edit.is_there:
        url = f"{edit.id}?api-version={edit.api_version}"
        body = _NUMBER.sub(r"\1", json.dumps(edit.body))
        return f"az rest --method put --url {quote(url)} --body {quote(body)}"
    if edit.deed is Deed.REMOVE and not edit.dropped:
        words = _DELETIONS.get(type_of(normalise(edit.id)), "az resource delete")
        return f"{words} --ids {quote(edit.id)}"
    return ""


_NUMBER: Final = late_pattern(r'"(<[^"<>]+ \(number\)>)"')
"""A placeholder for a number in quotes, which must not be quoted."""
_DELETIONS: Final = {
    LOCK: "az lock delete",
    ROLE_ASSIGNMENT: "az role assignment delete",
}
"""Commands for types that need their own."""


def _made(step: Step) -> list[str]:
    """Return the ids of what the step creates if it does nothing else, and they are known."""
    edits = [part for each in _to_do(step) for part in (each, *each.then)]
    known = all(
        each.deed is Deed.ADD and not each.is_there and "<" not in each.id for each in edits
    )
    return [each.id for each in edits] if known else []


def _restored(finding: Finding, path: str) -> str:
    """Return the option that restores the value at a path, empty if unknown."""
    for evidence in finding.evidence:
        if evidence.path != path or evidence.resource_id != finding.resource.id:
            continue
        match evidence.seen, evidence.observed:
            case Seen.ABSENT | Seen.DEFAULT, _:
                return f"--remove {path}"
            case Seen.PRESENT, bool() as value:
                return f"--set {path}={str(value).lower()}"
            case Seen.PRESENT, str() | int() | float() as value:
                return f"--set {quote(f'{path}={value}')}"
            case _:
                return ""
    return ""


def _queried(path: str) -> str:
    """Return a path in JMESPath syntax: `a['b-c'].d` is `a."b-c".d` there."""
    return path.replace("['", '."').replace("']", '"')
