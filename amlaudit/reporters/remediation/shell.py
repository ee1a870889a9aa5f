"""A plan as a script that runs only the steps named by number."""

import re
from collections.abc import Callable, Iterator
from textwrap import indent
from typing import Final

from amlaudit.core.arm_id import name_of
from amlaudit.core.patterns import late_pattern
from amlaudit.core.report import Report
from amlaudit.reporters.remediation.advice import (
    commands_of,
    deeds_of,
    downtime_of,
    precondition_of,
    rollback_of,
    state_command,
    verification_of,
)
from amlaudit.reporters.remediation.plan import TITLES, Plan, Step
from amlaudit.reporters.texts import clean, shorten
from amlaudit.reporters.words import moment_of

_BLANK: Final = late_pattern(r"<([A-Za-z][^<>\n]*)>")
"""A placeholder for users to fill in: `<private endpoint>`."""
_QUOTES: Final = "'\""
_LONGEST: Final = 300


def script(report: Report, plan: Plan) -> str:
    """Return a bash script that lists its steps, and runs those named by number."""
    numbered = list(enumerate(plan.steps, 1))
    parts = [
        *_head(report, len(numbered)),
        "list_steps() {\n  cat <<'END_OF_STEPS'",
        *(_listed(number, step) for number, step in numbered),
        "END_OF_STEPS\n}\n",
        _cases("save_state", "Shows the state before the step.", numbered, state_command),
        _cases("verify", "Shows whether the step worked.", numbered, verification_of),
        "# Does one step.\ndo_step() {\n  case $1 in",
        *(_case(number, step) for number, step in numbered),
        '  *)\n    echo "there is no step $1" >&2\n    return 2\n    ;;\n  esac\n}\n',
        _TAIL,
    ]
    return "\n".join(parts)


_TAIL: Final = """\
if [ $# -eq 0 ]; then
  list_steps
  exit 0
fi
for number in "$@"; do
  state="before-step-$number.json"
  if [ ! -e "$state" ]; then
    save_state "$number" >"$state"
  fi
  do_step "$number"
  verify "$number"
done
"""


def _head(report: Report, steps: int) -> Iterator[str]:
    """Yield the script's description of itself."""
    yield "#!/usr/bin/env bash"
    yield f"# {steps} steps that fix what amlaudit {report.version} found, for the report of"
    yield f"# {moment_of(report.at)} UTC. amlaudit runs none of them: read each, then choose those"
    yield "# that you want by number:  bash fix-plan.sh 1 4 5"
    yield "# Without a number it lists them. The state before each step is saved in a file."
    yield "set -euo pipefail\n"


def _listed(number: int, step: Step) -> str:
    """Return a step's line in the list."""
    rule, resource = step.finding.rule, step.finding.resource
    held = " (held back: read it first)" if step.is_held_back else ""
    where = clean(name_of(resource.id))
    return f"{number:4}  {step.phase.name.lower():8}{rule.severity:9}{rule.id}  {where}{held}"


def _cases(
    name: str, meaning: str, numbered: list[tuple[int, Step]], command: Callable[[Step], str]
) -> str:
    """Return a function that runs one command for each step."""
    lines = [f"  {number}) {command(step)} ;;" for number, step in numbered]
    return "\n".join((f"# {meaning}", f"{name}() {{", "  case $1 in", *lines, "  esac", "}\n"))


def _case(number: int, step: Step) -> str:
    """Return what is run for a step, with everything to know about it."""
    finding = step.finding
    undo = rollback_of(step) or "no command is known; the previous state is in the file"
    known = (
        f"{finding.rule.id}, {finding.rule.severity}: {finding.rule.title}",
        f"resource: {finding.resource.id}",
        f"found:    {shorten(clean(finding.verdict.message), _LONGEST)}",
        f"phase:    {TITLES[step.phase]}",
        f"before:   {precondition_of(step)}",
        f"downtime: {downtime_of(step)}",
        *(f"does:     {each}" for each in deeds_of(step)),
        f"undo:     {undo}",
    )
    comments = [f"# {clean(each)}" for each in known]
    body = filled(commands_of(step))
    if step.is_held_back:
        body = "\n".join(f"# {line}" for line in body.splitlines())
        body += '\necho "step $1 is held back: uncomment it once its owner agrees" >&2'
    block = indent("\n".join((*comments, body, ";;")), "    ")
    return f"  {number})\n{block}"


def filled(command: str) -> str:
    """Return a command with placeholders replaced by variables that must be set before it runs.

    `--name <endpoint>` becomes `--name "${endpoint:?}"`, regardless of its quotes.
    """
    written: list[str] = []
    place, quoted = 0, ""
    for blank in _BLANK.finditer(command):
        for character in command[place : blank.start()]:
            if character in _QUOTES and quoted in ("", character):
                quoted = "" if quoted else character
        variable = f"${{{_variable(blank[1])}:?}}"
        written.append(command[place : blank.start()])
        written.append({"": f'"{variable}"', '"': variable, "'": f"'\"{variable}\"'"}[quoted])
        place = blank.end()
    return "".join(written) + command[place:]


def _variable(blank: str) -> str:
    """Return the name of the variable for a placeholder."""
    return re.sub(r"[^A-Za-z0-9]+", "_", blank).strip("_").lower()
