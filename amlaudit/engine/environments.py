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

Wanted: TypeAlias = Mapping[str, Mapping[str, Override]]
"""Overrides by rule id and environment."""


def in_environments(
    findings: Iterable[Finding], overrides: Iterable[Override], estate: Estate
) -> Iterator[Finding]:
    """Yield findings with a profile's overrides for the environment of the resource applied.

    A rule that is disabled there is not applicable there, and says by whose decision. Where the
    environment is not known, and for what could not be seen, there is no override.
    """
    wanted: defaultdict[str, dict[str, Override]] = defaultdict(dict)
    for each in overrides:
        wanted[each.rule_id][each.environment] = each
    if not wanted:
        yield from findings
        return
    variants: dict[tuple[str, Severity], Rule] = {}
    for finding in findings:
        found = _override_for(finding, wanted, estate)
        if found is None:
            yield finding
            continue
        override, evidence = found
        if override.severity is None:
            yield _off(finding, override, evidence)
        else:
            key = finding.rule.id, override.severity
            if key not in variants:
                variants[key] = replace(finding.rule, severity=override.severity)
            yield replace(finding, rule=variants[key])


def _override_for(
    finding: Finding, wanted: Wanted, estate: Estate
) -> tuple[Override, Evidence] | None:
    """Return the override for the resource's environment, and the evidence for the environment.

    None: there is no override, or the environment is not known.
    """
    here = wanted.get(finding.rule.id)
    if not here or finding.subject_key:
        return None
    evidence = _environment_of(finding, estate)
    override = here.get(str(evidence.observed)) if evidence else None
    return (override, evidence) if override and evidence else None


def _environment_of(finding: Finding, estate: Estate) -> Evidence | None:
    """Return the evidence for the environment of a finding's resource, None if it is not known."""
    at = finding.resource.id
    # Policies also apply to children that only the document of their parent shows.
    resource = estate.store.get(at) or estate.store.get(arm_id.parent_of(at))
    try:
        return Subject(resource, estate).find_context(_LABEL) if resource else None
    except NoDataError:
        return None


def _off(finding: Finding, override: Override, evidence: Evidence) -> Finding:
    """Return a finding of a rule that is disabled in the environment given by the evidence."""
    if finding.verdict.status is Status.NOT_APPLICABLE:
        return finding
    verdict = not_applicable(f"disabled in {override.environment}: {override.justification}")
    return replace(finding, verdict=replace(verdict, looks=(evidence,)), others=())
