"""Damaged deployments as code: templates with parameters, plans of Terraform, what-if results.

1. Whatever a file holds, an `AmlauditError` with a code or verdicts come out.
2. A value that nobody can tell before the deployment leaves a verdict as it was, or unknown.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple, TypeAlias

from amlaudit.core.errors import AmlauditError
from amlaudit.core.report import Finding
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.pipeline import Policy, audit
from amlaudit.scanners.files.source import Files
from benchmarks.declared import plan
from fuzz.loading import AT, damaged_json, json_bytes
from fuzz.mutate import Place, at_place, places
from fuzz.samples import sample
from fuzz.worlds import DefectError, checked, coded, rules

Statuses: TypeAlias = Mapping[tuple[str, str], Status]

_A_RESOURCE: Final = 2
"""Length of the place of a resource in a template."""
_AN_ATTRIBUTE: Final = 5
"""Length of the place of an attribute in a plan, at least: parts of it are longer."""

_UNTOLD: Final = "[reference('of another time').value]"
"""What no template and no what-if result can tell."""


class Deployment(NamedTuple):
    """A kind of file that declares resources.

    Attributes:
        name: Of its sample.
        hide: Hides the value at a place from whoever reads the file; returns whether it could.
    """

    name: str
    hide: Callable[[Any, Place], bool]


def _hide_in_template(template: Any, place: Place) -> bool:  # noqa: ANN401 - any JSON value
    """Put in place of a property what is known only after the deployment, whole objects too.

    Of a resource, whether it is deployed at all may be known only then.
    """
    if place[:1] != ("resources",) or "template" in place or "copy" in place:
        return False
    if len(place) == _A_RESOURCE:
        at_place(template, place)["condition"] = _UNTOLD
        return True
    return "properties" in place and _hide(template, place)


def _hide_in_result(result: Any, place: Place) -> bool:  # noqa: ANN401 - same
    """Put in place of a property what the what-if operation could not tell."""
    if place[3:4] != ("after",) or "properties" not in place[4:]:
        return False
    return _hide(result, place)


def _hide(root: Any, place: Place) -> bool:  # noqa: ANN401 - same
    """Put an expression in place of a value."""
    at_place(root, place[:-1])[place[-1]] = _UNTOLD
    return True


def _hide_in_plan(plan: Any, place: Place) -> bool:  # noqa: ANN401 - same
    """Move an attribute, a block or a part of one from what is known to what is known after apply.

    As Terraform does, what was written of it in the configuration refers to something else then.
    """
    if place[2:4] != ("change", "after") or len(place) < _AN_ATTRIBUTE:
        return False
    if place[4] in ("name", "type", "resource_group_name"):  # these say which resource it is
        return False
    change = at_place(plan, place[:3])
    if not isinstance(change["after_unknown"], dict) or change["after"] is None:
        return False
    _mark(change["after"], change["after_unknown"], place[4:])
    described = at_place(plan, place[:2])
    for each in _configured(plan["configuration"]["root_module"]):
        if (each["type"], each["name"]) == (described["type"], described["name"]):
            each["expressions"][place[4]] = {"references": ["var.undetermined"]}
    return True


def _mark(known: Any, marks: Any, place: Place) -> None:  # noqa: ANN401 - same
    """Take a value out of what is known, and mark it as unknown in the same structure."""
    step, *rest = place
    if not rest:
        known[step], marks[step] = None, True
        return
    inner = known[step]
    earlier = marks.get(step) if isinstance(marks, dict) else marks[step]
    if isinstance(inner, dict):
        marks[step] = dict(earlier) if isinstance(earlier, dict) else {}
    else:
        had = earlier if isinstance(earlier, list) else []
        empty: list[Any] = [{} if isinstance(each, dict) else False for each in inner[len(had) :]]
        marks[step] = [*had, *empty]
    _mark(inner, marks[step], tuple(rest))


def _configured(module: Any) -> Iterator[Any]:  # noqa: ANN401 - same
    """Yield the resources that a module of a configuration declares, and those of its modules."""
    yield from module.get("resources", ())
    for call in module.get("module_calls", {}).values():
        yield from _configured(call["module"])


TEMPLATE: Final = Deployment("main.json", _hide_in_template)
PLAN: Final = Deployment("plan.json", _hide_in_plan)
RESULT: Final = Deployment("what-if.json", _hide_in_result)


def template_round(random: Random, folder: Path) -> None:
    """Judge a damaged template with its parameters, damaged too or not."""
    _damaged_round(random, folder, TEMPLATE.name)


def plan_round(random: Random, folder: Path) -> None:
    """Judge a damaged plan, one with modules or a larger one of a whole workspace."""
    text = random.choice((sample(PLAN.name), json.dumps(plan(1))))
    (folder / PLAN.name).write_bytes(damaged_json(random, text))
    _judge(folder / PLAN.name)


def result_round(random: Random, folder: Path) -> None:
    """Judge a damaged what-if result."""
    _damaged_round(random, folder, RESULT.name)


def undetermined_round(random: Random, folder: Path) -> None:
    """Hide a value of a deployment, and compare the verdicts."""
    kind = random.choice((TEMPLATE, PLAN, RESULT))
    _write(folder, kind.name)
    value = json.loads(sample(kind.name))
    place = random.choice(list(places(value)))
    if not kind.hide(value, place):
        return
    (folder / kind.name).write_bytes(json_bytes(value))
    before, after = _untouched(kind.name), _judged(folder / kind.name)
    for key in before.keys() & after.keys():
        if after[key] not in (before[key], Status.UNKNOWN):
            told = f"{before[key]} into {after[key]}"
            raise DefectError(f"{key[0]}: what {kind.name} does not tell turns {told}")


def _damaged_round(random: Random, folder: Path, name: str) -> None:
    """Judge a damaged file."""
    _write(folder, name)
    damaged = [name]
    if name == TEMPLATE.name and random.random() < 0.3:  # noqa: PLR2004
        damaged = [random.choice((name, "main.parameters.json"))]
    for each in damaged:
        (folder / each).write_bytes(damaged_json(random, sample(each)))
    _judge(folder / name)


def _judge(path: Path) -> None:
    """Judge a file that may be none."""
    try:
        _judged(path)
    except AmlauditError as error:
        coded(error)


def _write(folder: Path, name: str) -> None:
    """Put a sample into an empty folder, with what belongs to it."""
    for each in folder.iterdir():
        each.unlink()
    (folder / name).write_text(sample(name), "utf-8")
    if name == TEMPLATE.name:
        beside = "main.parameters.json"
        (folder / beside).write_text(sample(beside), "utf-8")


@cache
def _untouched(name: str) -> Statuses:
    """Return the verdicts on a sample."""
    with TemporaryDirectory() as folder:
        _write(Path(folder), name)
        return _judged(Path(folder) / name)


def _judged(path: Path) -> Statuses:
    """Return the verdicts on a file, by rule and resource, each checked for its form."""
    report = audit(Scope(), Files((path,)), Policy((), rules()), AT)
    return {_key(each): checked(each.rule, each.verdict).status for each in report.findings}


def _key(finding: Finding) -> tuple[str, str]:
    """Return what tells a finding from others."""
    return finding.rule.id, f"{finding.resource.id} {finding.subject_key}"
