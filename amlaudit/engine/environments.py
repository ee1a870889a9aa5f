"""Rules as a profile wants them in one environment: off, or of another severity."""

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
"""What is wanted, by id of the rule and environment."""


def in_environments(
    findings: Iterable[Finding], overrides: Iterable[Override], estate: Estate
) -> Iterator[Finding]:
    """Yield findings as a profile wants their rules in the environment of the resource.

    A rule that is off there does not apply there, and says by whose will. Where the environment is
    not known, and for what could not be seen, a rule counts as it does everywhere.
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
        override, told = found
        if override.severity is None:
            yield _off(finding, override, told)
        else:
            key = finding.rule.id, override.severity
            if key not in variants:
                variants[key] = replace(finding.rule, severity=override.severity)
            yield replace(finding, rule=variants[key])


def _override_for(
    finding: Finding, wanted: Wanted, estate: Estate
) -> tuple[Override, Evidence] | None:
    """Return what the profile wants of the rule where the resource is, and what tells that place.

    None: nothing is wanted there, or the place is not known.
    """
    here = wanted.get(finding.rule.id)
    if not here or finding.subject_key:
        return None
    told = _environment_of(finding, estate)
    override = here.get(str(told.observed)) if told else None
    return (override, told) if override and told else None


def _environment_of(finding: Finding, estate: Estate) -> Evidence | None:
    """Return what tells the environment of a finding's resource, None if it is not known."""
    at = finding.resource.id
    # Policies are about children too that only the document of their parent shows.
    resource = estate.store.get(at) or estate.store.get(arm_id.parent_of(at))
    try:
        return Subject(resource, estate).find_context(_LABEL) if resource else None
    except NoDataError:
        return None


def _off(finding: Finding, override: Override, told: Evidence) -> Finding:
    """Return a finding of a rule that is off in the environment that something tells."""
    if finding.verdict.status is Status.NOT_APPLICABLE:
        return finding
    verdict = not_applicable(f"off in {override.environment}: {override.justification}")
    return replace(finding, verdict=replace(verdict, looks=(told,)), others=())
