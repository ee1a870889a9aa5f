"""A plan as the declarations that infrastructure as code needs, by resource."""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from amlaudit.core.declarations import bicep_of, terraform_of, undeclared_of
from amlaudit.core.report import Report, ResourceRef
from amlaudit.core.rule import Rule
from amlaudit.reporters.remediation.plan import Plan, Step
from amlaudit.reporters.texts import clean
from amlaudit.reporters.words import moment_of


def bicep(report: Report, plan: Plan) -> str:
    """Return what Bicep files must declare in addition to their current content."""
    return _declared(report, plan, bicep_of, "//")


def terraform(report: Report, plan: Plan) -> str:
    """Return what Terraform files must declare in addition to their current content."""
    return _declared(report, plan, terraform_of, "#")


_ABOUT: Final = (
    "What your files must declare for each resource, besides what they already do. Do not deploy "
    "these files: find where the resource is declared, and make the same settings there."
)


def _declared(report: Report, plan: Plan, write: Callable[[Rule], str], mark: str) -> str:
    """Return the declarations of all resources, and what no declaration fixes."""
    by_resource: defaultdict[ResourceRef, list[Rule]] = defaultdict(list)
    others: list[str] = []
    for step in plan.steps:
        rule, resource = _as_needed(step), step.finding.resource
        if write(rule):
            by_resource[resource].append(rule)
        else:
            why = undeclared_of(step.finding.rule) or rule.fix.change
            others.append(f"{mark} {rule.id} on {clean(resource.id)}: {clean(why)}")
    parts = [f"{mark} amlaudit {report.version}, {moment_of(report.at)} UTC\n{mark} {_ABOUT}"]
    for resource in sorted(by_resource, key=lambda each: each.id):
        rules = by_resource[resource]
        head = [f"{mark} {clean(resource.id)}"]
        head += [f"{mark} declared at {clean(str(resource.place))}"] if resource.place else []
        head += [f"{mark} {rule.id}: {clean(rule.title)}" for rule in rules]
        parts.append("\n".join((*head, write(_together(rules)))))
    if others:
        parts.append("\n".join((f"{mark} No declaration fixes these:", *others)))
    return "\n\n".join(parts) + "\n"


def _as_needed(step: Step) -> Rule:
    """Return the rule of a step with the companions that it needs, as far as it was rehearsed."""
    rule = step.finding.rule
    if step.edits is None:
        return rule
    used = [each.of for each in step.edits]
    companions = tuple(each for each in rule.fix.companions if each in used)
    return replace(rule, fix=replace(rule.fix, companions=companions))


def _together(rules: list[Rule]) -> Rule:
    """Return one rule that combines the settings and companions of several, all for one type."""
    settings = {path: value for rule in rules for path, value in rule.fix.settings.items()}
    companions = tuple(each for rule in rules for each in rule.fix.companions)
    fix = replace(rules[0].fix, settings=settings, companions=companions)
    return replace(rules[0], fix=fix)
