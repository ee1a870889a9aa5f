"""A plan as what infrastructure as code must declare, resource by resource."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from amlaudit.core.declarations import bicep_of, terraform_of
from amlaudit.core.report import Report, ResourceRef
from amlaudit.core.rule import Rule
from amlaudit.reporters.remediation.plan import Plan
from amlaudit.reporters.texts import clean
from amlaudit.reporters.words import moment_of


def bicep(report: Report, plan: Plan) -> str:
    """Return what Bicep files must say beside what they say already."""
    return _declared(report, plan, bicep_of, "//")


def terraform(report: Report, plan: Plan) -> str:
    """Return what Terraform files must say beside what they say already."""
    return _declared(report, plan, terraform_of, "#")


_ABOUT: Final = (
    "What your files must say of each resource, beside what they say already. These are no files "
    "to deploy: find where the resource is declared, and set there what stands here."
)


def _declared(report: Report, plan: Plan, write: Callable[[Rule], str], mark: str) -> str:
    """Return the declarations of all resources, and what no declaration mends."""
    by_resource: defaultdict[ResourceRef, list[Rule]] = defaultdict(list)
    others: list[str] = []
    for step in plan.steps:
        rule, resource = step.finding.rule, step.finding.resource
        if rule.fix.settings:
            by_resource[resource].append(rule)
        else:
            others.append(f"{mark} {rule.id} on {clean(resource.id)}: {rule.fix.change}")
    parts = [f"{mark} amlaudit {report.version}, {moment_of(report.at)} UTC\n{mark} {_ABOUT}"]
    for resource in sorted(by_resource, key=lambda each: each.id):
        rules = by_resource[resource]
        head = [f"{mark} {clean(resource.id)}"]
        head += [f"{mark} declared at {resource.place}"] if resource.place else []
        head += [f"{mark} {rule.id}: {rule.title}" for rule in rules]
        parts.append("\n".join((*head, write(_together(rules)))))
    if others:
        parts.append("\n".join((f"{mark} No declaration of the resource mends these:", *others)))
    return "\n\n".join(parts) + "\n"


def _together(rules: list[Rule]) -> Rule:
    """Return one rule with the settings of several of one type."""
    settings = {path: value for rule in rules for path, value in rule.fix.settings.items()}
    return replace(rules[0], fix=replace(rules[0].fix, settings=settings))
