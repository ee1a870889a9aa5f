"""What to know about a step: before it, after it, and how to take it back."""

from shlex import quote
from typing import Final

from amlaudit.core.arm_id import name_of, subscription_of
from amlaudit.core.commands import command_of
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
    return f"az resource show --ids {quote(step.finding.resource.id)}"


def verification_of(step: Step) -> str:
    """Return the command that shows whether the step did what it should."""
    finding = step.finding
    if settings := finding.rule.fix.settings:
        fields = ", ".join(_queried(path) for path in settings)
        return f"{state_command(step)} --query {quote(f'[{fields}]')}"
    subscription = quote(name_of(subscription_of(finding.resource.id)))
    return f"amlaudit scan --subscription {subscription} --select {finding.rule.id}"


def rollback_of(step: Step) -> str:
    """Return the command that takes the step back, empty where none is known."""
    finding = step.finding
    if finding.rule.fix.change is not Change.IN_PLACE or not finding.rule.fix.settings:
        return ""
    parts = [_restored(finding, path) for path in finding.rule.fix.settings]
    if not all(parts):
        return ""
    return f"az resource update --ids {quote(finding.resource.id)} {' '.join(parts)}"


def commands_of(step: Step) -> str:
    """Return the commands of the step."""
    return command_of(step.finding)


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
