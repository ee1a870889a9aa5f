"""What to know about a step: before it, after it, and how to take it back."""

from collections.abc import Mapping
from shlex import quote
from typing import Final

from amlaudit.core.arm_id import name_of, normalise, subscription_of, type_of
from amlaudit.core.commands import command_of
from amlaudit.core.companions import Deed
from amlaudit.core.edits import CHOSEN, Edit, flat
from amlaudit.core.relations import LOCK, ROLE_ASSIGNMENT
from amlaudit.core.report import Finding
from amlaudit.core.rule import Change
from amlaudit.core.verdict import Seen
from amlaudit.reporters.remediation.plan import Phase, Step
from amlaudit.reporters.texts import sentence

_DOWNTIME: Final = {
    Phase.PREPARE: "none: something is added",
    Phase.CHANGE: "none is expected",
    Phase.CLOSE: "whoever comes the way that is closed is cut off",
    Phase.REBUILD: "the resource is gone until it is made anew, or something is lost for good",
}
_PRECONDITION: Final = {
    Phase.PREPARE: "",
    Phase.CHANGE: "Nobody counts on the old setting",
    Phase.CLOSE: "The steps before are done, and everybody who needs it has another way in",
    Phase.REBUILD: "What the resource holds is saved elsewhere, and its owner agrees",
}


def downtime_of(step: Step) -> str:
    """Return who notices the step."""
    return _DOWNTIME[step.phase]


def precondition_of(step: Step) -> str:
    """Return what must hold before the step, with what the rule says of it."""
    told = (_PRECONDITION[step.phase], step.finding.rule.fix.note)
    return " ".join(sentence(each) for each in told if each) or "Nothing."


def state_command(step: Step) -> str:
    """Return the command that shows what is there, to be kept before anything is changed."""
    touched = (each.id for each in flat(step.edits) if each.deed is not Deed.ADD)
    ids = list(dict.fromkeys(touched)) or [step.finding.resource.id]
    return f"az resource show --ids {' '.join(map(quote, ids))}"


def verification_of(step: Step) -> str:
    """Return the command that shows whether the step did what it should."""
    finding = step.finding
    if settings := finding.rule.fix.settings:
        fields = ", ".join(_queried(path) for path in settings)
        shown = f"az resource show --ids {quote(finding.resource.id)}"
        return f"{shown} --query {quote(f'[{fields}]')}"
    subscription = quote(name_of(subscription_of(finding.resource.id)))
    return f"amlaudit scan --subscription {subscription} --select {finding.rule.id}"


def rollback_of(step: Step) -> str:
    """Return the command that takes the step back, empty where none is known."""
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
    """Return the commands of the step: what has to go is known by its id if it was tried out."""
    if gone := [each.id for each in step.edits if each.deed is Deed.REMOVE and not each.dropped]:
        return "\n".join(map(_deletion, gone))
    return command_of(step.finding)


def deeds_of(step: Step) -> list[str]:
    """Return in words what the step does to which resource, where that was tried out."""
    return [_deed(each) for each in step.edits]


def _deed(edit: Edit) -> str:
    """Return in words what is done to a resource; a name that people choose is not told."""
    match edit.deed:
        case Deed.ADD:
            return f"make {edit.type_name if CHOSEN in edit.id else edit.id}"
        case Deed.REMOVE if not edit.dropped:
            return f"remove {edit.id}"
        case Deed.REMOVE:
            return f"take {', '.join(map(_named, edit.dropped.values()))} out of {edit.id}"
        case _:
            return f"set {', '.join((*edit.body, *edit.joined))} of {edit.id}"


def _named(member: object) -> str:
    """Return a member of a list by its name, or as it is."""
    name = member.get("name") if isinstance(member, Mapping) else member
    return str(name or "an entry")


def _deletion(resource_id: str) -> str:
    """Return the command that deletes a resource."""
    words = _DELETIONS.get(type_of(normalise(resource_id)), "az resource delete")
    return f"{words} --ids {quote(resource_id)}"


_DELETIONS: Final = {
    LOCK: "az lock delete",
    ROLE_ASSIGNMENT: "az role assignment delete",
}
"""Commands for types that need one of their own."""


def _made(step: Step) -> list[str]:
    """Return the ids of what the step makes if it does nothing else, and they are known."""
    edits = [part for each in step.edits for part in (each, *each.then)]
    known = all(each.deed is Deed.ADD and CHOSEN not in each.id for each in edits)
    return [each.id for each in edits] if known else []


def _restored(finding: Finding, path: str) -> str:
    """Return the option that puts back what stood at a path, empty where that is not known."""
    for evidence in finding.verdict.evidence:
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
    """Return a path as JMESPath has it: `a['b-c'].d` is `a."b-c".d` there."""
    return path.replace("['", '."').replace("']", '"')
