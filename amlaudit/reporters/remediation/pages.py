"""A plan as Markdown, for discussion before it is carried out."""

from collections.abc import Iterator

from amlaudit.core.arm_id import name_of
from amlaudit.core.report import Report
from amlaudit.reporters.remediation.advice import (
    commands_of,
    deeds_of,
    downtime_of,
    precondition_of,
    rollback_of,
    verification_of,
)
from amlaudit.reporters.remediation.plan import TITLES, Plan, Step
from amlaudit.reporters.texts import clean, code, fenced, markdown, number, sentence
from amlaudit.reporters.words import moment_of


def page(report: Report, plan: Plan) -> str:
    """Return the plan as one page of Markdown."""
    return "\n\n".join(_parts(report, plan)) + "\n"


def _parts(report: Report, plan: Plan) -> Iterator[str]:
    """Yield the paragraphs of the page."""
    yield "# Fix plan"
    yield (
        f"{number(len(plan.steps), 'step')} for the report of {moment_of(report.at)} UTC, "
        f"by amlaudit {report.version}. amlaudit runs none of them."
    )
    count = 0
    for place, steps in plan.groups.items():
        yield f"## {markdown(clean(name_of(place) or place))}"
        yield code(place)
        phase = None
        for step in steps:
            if step.phase is not phase:
                phase = step.phase
                yield f"### {TITLES[phase]}"
            count += 1
            yield from _step(count, step)


def _step(number: int, step: Step) -> Iterator[str]:
    """Yield what to know about a step."""
    finding, undo = step.finding, rollback_of(step)
    rule = finding.rule
    yield f"**{number}. {rule.id}, {rule.severity}: {markdown(rule.title)}**"
    yield "\n".join(
        (
            f"- Resource: {code(finding.resource.id)}",
            f"- Found: {sentence(markdown(clean(finding.verdict.message)))}",
            f"- Before: {markdown(precondition_of(step))}",
            f"- Downtime: {sentence(downtime_of(step))}",
            *(f"- Does: {code(each)}" for each in deeds_of(step)),
        )
    )
    yield _block(commands_of(step))
    yield f"Check it:\n\n{_block(verification_of(step))}"
    yield f"Undo it:\n\n{_block(undo)}" if undo else "Undo it: no command is known."


def _block(command: str) -> str:
    """Return a command as a code block."""
    return fenced(command, "sh")
