"""Applies a profile's overrides for one environment: rules disabled, or with another severity."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError
from amlaudit.core.report import Finding, Override
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, Status, not_applicable

_LABEL = "environment"

_Overrides: TypeAlias = Mapping[str, Mapping[str, Override]]
"""Overrides by rule id and environment."""


def in_environments(
    findings: Iterable[Finding], overrides: Iterable[Override], estate: Estate
) -> Iterator[Finding]:
    """Yield findings with a profile's overrides for the environment of the resource applied.

    A rule that is disabled there is not applicable there, and says by whose decision. Where the
    environment is not known, and for what could not be seen, there is no override.
    """
    by_rule: defaultdict[str, dict[str, Override]] = defaultdict(dict)
    for each in overrides:
        by_rule[each.rule_id][each.environment] = each
    if not by_rule:
        yield from findings
        return
    variants: dict[tuple[str, Severity], Rule] = {}
    for finding in findings:
        found = _override_for(finding, by_rule, estate)
        if found is None:
            yield finding
            continue
        override, evidence = found
        if override.severity is None:
            yield _disabled(finding, override, evidence)
        else:
            key = finding.rule.id, override.severity
            if key not in variants:  # all findings with this severity share one rule
                variants[key] = replace(finding.rule, severity=override.severity)
            yield replace(finding, rule=variants[key])


def _override_for(
    finding: Finding, overrides: _Overrides, estate: Estate
) -> tuple[Override, Evidence] | None:
    """Return the override for the resource's environment, and the evidence for the environment.

    None: there is no override, or the environment is not known.
    """
    by_environment = overrides.get(finding.rule.id)
    if not by_environment or finding.subject_key:
        return None
    evidence = _environment_of(finding, estate)
    if evidence is None:
        return None
    override = by_environment.get(str(evidence.observed))
    return (override, evidence) if override else None


def _environment_of(finding: Finding, estate: Estate) -> Evidence | None:
    """Return the evidence for the environment of a finding's resource, None if it is not known."""
    at = finding.resource.id
    # Policies also apply to children that only the document of their parent shows.
    resource = estate.store.get(at) or estate.store.get(arm_id.parent_of(at))
    try:
        return Subject(resource, estate).find_context(_LABEL) if resource else None
    except NoDataError:
        return None


def _disabled(finding: Finding, override: Override, evidence: Evidence) -> Finding:
    """Return a finding of a rule that is disabled in the environment given by the evidence."""
    if finding.verdict.status is Status.NOT_APPLICABLE:
        return finding
    verdict = not_applicable(f"disabled in {override.environment}: {override.justification}")
    return replace(finding, verdict=replace(verdict, looks=(evidence,)), others=())
