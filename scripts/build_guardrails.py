"""Writes the data about Azure Policy for guardrails: aliases, and built-ins that match rules.

Usage: python scripts/build_guardrails.py ALIASES.json DEFINITIONS_FOLDER

Aliases are included for the types that shipped rules judge. A built-in definition matches a rule
if, on the rule's own cases, it finds something that the rule fails and nothing that the rule
passes: both are evaluated, so that a mapping is a fact and not a hope.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError
from amlaudit.core.rule import Check, Rule
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import judge
from amlaudit.engine.policy.definition import PolicyDefinition
from amlaudit.resources import shipped
from amlaudit.rulebook.azure_policy import policy_check
from amlaudit.rulebook.cases import Case, read_cases
from amlaudit.rulebook.packs import cases_of, load_pack
from amlaudit.rulebook.policy_files import read_policies

DATA = Path(__file__).parents[1] / "amlaudit" / "guardrails" / "data"
_PREVENTING = frozenset({"audit", "deny", "auditifnotexists"})
"""Effects that report or deny; those that change resources need an identity, and trust."""


def main(aliases: Path, definitions: Path) -> None:
    """Write both tables."""
    for name, table in tables(aliases, definitions).items():
        text = json.dumps(table, indent=1, ensure_ascii=False)
        (DATA / name).write_text(f"{text}\n", "utf-8")


def tables(aliases: Path, definitions: Path) -> dict[str, object]:
    """Return both tables by the name of their file."""
    folder = shipped("rules")
    _, rules = load_pack(folder, "built-in")
    types = {rule.applies_to for rule in rules}
    cases = {
        rule.id: list(read_cases(cases_of(folder / rule.path), rule.path, rule)) for rule in rules
    }
    mapped = {each for rule in rules for each in rule.mappings.get("azure_policy", ())}
    found = {}
    for document, policy in _builtins(definitions, mapped):
        facts = _facts(document)
        fitting = {
            rule.id: caught
            for rule in rules
            if policy.id in rule.mappings.get("azure_policy", ())
            and (caught := _caught(policy, rule, cases[rule.id]))
        }
        if facts and fitting:
            found[policy.id] = {**facts, "rules": dict(sorted(fitting.items()))}
    return {
        "aliases.json": _aliases(json.loads(aliases.read_text("utf-8")), types),
        "builtins.json": dict(sorted(found.items())),
    }


def _aliases(table: Mapping[str, str], types: set[str]) -> dict[str, dict[str, str]]:
    """Return the aliases of types, by type and path; the shorter one if two have the same path."""
    found: dict[str, dict[str, str]] = {}
    for alias in sorted(table, key=lambda each: (len(each), each), reverse=True):
        arm_type = alias.rpartition("/")[0].lower()
        if arm_type in types:
            found.setdefault(arm_type, {})[table[alias].lower()] = alias
    return {arm_type: dict(sorted(rows.items())) for arm_type, rows in sorted(found.items())}


def _builtins(
    folder: Path, wanted: set[str]
) -> Iterator[tuple[Mapping[str, Any], PolicyDefinition]]:
    """Yield the requested definitions in a folder, as JSON and parsed."""
    for path in sorted(folder.rglob("*.json")):
        document = json.loads(path.read_text("utf-8-sig"))
        if isinstance(document, dict) and str(document.get("name")) in wanted:
            try:
                for policy in read_policies(path):
                    yield document, policy
            except AmlauditError:
                continue


def _facts(document: Mapping[str, Any]) -> dict[str, object]:
    """Return what an assignment needs to know of a definition; empty if it cannot be assigned."""
    properties = document["properties"]
    parameters: Mapping[str, Mapping[str, Any]] = properties.get("parameters") or {}
    effect = str(properties["policyRule"]["then"]["effect"])
    name = effect.removeprefix("[parameters('").removesuffix("')]")
    allowed = parameters.get(name, {}).get("allowedValues") or []
    needed = [key for key, each in parameters.items() if "defaultValue" not in each]
    version = str(properties["metadata"].get("version", ""))
    preventing = [each for each in allowed if each.lower() in _PREVENTING and each[0].isupper()]
    if needed or not preventing or "deprecated" in version:
        return {}
    return {
        "title": properties["displayName"],
        "version": version,
        "effect": name,
        "effects": preventing,
    }


def _caught(policy: PolicyDefinition, rule: Rule, cases: list[Case]) -> list[int]:
    """Return how many failing cases of a rule a policy finds, and how many there are.

    Empty if it finds none, or also finds a passing case.
    """
    by_policy = _as_rule(rule, policy_check(policy))

    def found(expected: Status) -> list[bool]:
        several = [each for each in cases if each.expected is expected]
        told = (judge(by_policy, each.subject, each.estate) for each in several)
        return [each.status is Status.FAIL for each in told]

    fails = found(Status.FAIL)
    return [sum(fails), len(fails)] if any(fails) and not any(found(Status.PASS)) else []


def _as_rule(rule: Rule, check: Check) -> Rule:
    """Return a rule with its check replaced."""
    return replace(rule, check=check, require=None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
