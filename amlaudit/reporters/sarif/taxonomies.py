"""The frameworks that rules serve, as SARIF taxonomies, and the rules' relations to controls."""

from collections import defaultdict
from collections.abc import Iterable

from amlaudit.core.rule import Rule
from amlaudit.reporters.words import FRAMEWORKS


def taxonomies(rules: Iterable[Rule]) -> list[dict[str, object]]:
    """Return the frameworks that rules name, each with the controls named."""
    controls: defaultdict[str, set[str]] = defaultdict(set)
    for rule in rules:
        for framework, ids in rule.mappings.items():
            controls[framework].update(ids)
    return [
        {
            "name": framework,
            "fullName": FRAMEWORKS.get(framework, framework),
            "shortDescription": {"text": f"Controls of {FRAMEWORKS.get(framework, framework)}."},
            "isComprehensive": False,
            "taxa": [{"id": each} for each in sorted(controls[framework])],
        }
        for framework in sorted(controls)
    ]


def relationships(rule: Rule) -> list[dict[str, object]]:
    """Return the controls that a rule serves."""
    return [
        {"target": {"id": each, "toolComponent": {"name": framework}}, "kinds": ["relevant"]}
        for framework, ids in sorted(rule.mappings.items())
        for each in ids
    ]
