"""The SARIF 2.1.0 report, in the profile that GitHub code scanning takes.

https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.rule import Rule
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.reporters.encoding import given, spell, utc
from amlaudit.reporters.header import header, outcome
from amlaudit.reporters.sarif_notices import descriptors, invocation
from amlaudit.reporters.sarif_rules import LEVELS, descriptor
from amlaudit.reporters.texts import clean, number, plain, sentence

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_PROJECT: Final = "https://github.com/amlaudit/amlaudit"

_MOST_RESULTS: Final = 5000
"""GitHub keeps no more results of a run, and would choose which."""

# A cloud resource has no source file, and GitHub refuses a result without one. The configuration
# that puts the resource in scope is the file nearest to it; its first line is always there, and a
# place that never moves keeps alerts from being closed and opened anew.
_FILE: Final = "amlaudit.yaml"
_ROOT: Final = "%SRCROOT%"
_REGION: Final = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
_WHY_THERE: Final = (
    f"A cloud resource has no source file, so every result points at line 1 of {_FILE}, the file "
    "that puts the resource in scope. The logical location names the resource."
)

_LONGEST_NAME: Final = 100
_LONGEST_ID: Final = 500
_LONGEST_MESSAGE: Final = 1000
_NAMED: Final = 3
"""Resources that the message on an unknown rule names; the logical locations name more."""
_MOST_LOCATED: Final = 100
_MOST_PERMISSIONS: Final = 10


def render(report: Report) -> str:
    """Return the report as SARIF: one run, fails as alerts, a note for each unknown rule."""
    indices = {rule.id: index for index, rule in enumerate(_judged(report))}
    unknown = [_unknown(each, indices) for each in _unknown_by_rule(report.findings)]
    fails = [each for each in report.findings if each.verdict.status is Status.FAIL]
    # What is not known is never what gives way.
    shown = fails[: _MOST_RESULTS - len(unknown)]
    run = {
        "tool": _tool(report),
        "automationDetails": {"id": _run_id(report)},
        "invocations": [invocation(report, len(fails) - len(shown))],
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": f"The root of the repository that holds {_FILE}."}}
        },
        "columnKind": "unicodeCodePoints",
        "results": [*(_fail(each, indices) for each in shown), *unknown],
        "properties": {"locations": _WHY_THERE, "header": header(report), **outcome(report)},
    }
    return spell({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, depth=6)


def _tool(report: Report) -> dict[str, object]:
    """Return the tool with every rule that took part, and the packs as its extensions."""
    return {
        "driver": {
            "name": "amlaudit",
            "fullName": f"amlaudit {report.version}",
            "version": report.version,
            "semanticVersion": report.version,
            "informationUri": _PROJECT,
            "rules": [descriptor(each) for each in _judged(report)],
            "notifications": descriptors(),
        },
        "extensions": [
            {"name": pack.name, "properties": {"sha256": pack.sha256}} for pack in report.packs
        ],
    }


def _judged(report: Report) -> list[Rule]:
    """Return the rules that a scan judges, without the questions that only people can answer."""
    statuses: defaultdict[str, set[Status]] = defaultdict(set)
    for finding in report.findings:
        statuses[finding.rule.id].add(finding.verdict.status)
    return [rule for rule in report.rules if statuses[rule.id] != {Status.MANUAL}]


def _run_id(report: Report) -> str:
    """Return the id of the run; all before its last slash is what GitHub compares runs by."""
    return f"amlaudit/{_slug(report.collection.scope)}/{utc(report.at)}"


def _slug(scope: Scope) -> str:
    """Return a name for what was asked for, the same however it is spelled and ordered."""
    asked = {
        "management-group": scope.management_groups,
        "subscription": scope.subscriptions,
        "resource-group": scope.resource_groups,
        "workspace": scope.workspaces,
    }
    words = [
        f"{kind} {name}" for kind, names in asked.items() for name in sorted(map(str.lower, names))
    ]
    if not words:
        return "everything"
    digest = sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    readable = re.sub(r"[^a-z0-9]+", "-", " ".join(words))[:60].strip("-")
    return f"{readable}-{digest}"


def _fail(finding: Finding, indices: Mapping[str, int]) -> dict[str, object]:
    """Return a fail as a result."""
    rule, resource = finding.rule, finding.resource
    said = (
        f"{_quoted(resource)} does not meet {rule.id}: {_title(rule)}",
        sentence(plain(finding.verdict.message, _LONGEST_MESSAGE)),
        f"Resource: '{plain(resource.id, _LONGEST_ID)}'.",
    )
    return {
        "ruleId": rule.id,
        "ruleIndex": indices[rule.id],
        "level": LEVELS[rule.severity],
        "message": {"text": " ".join(filter(None, said))},
        "locations": [_location([resource])],
        "partialFingerprints": _fingerprints(finding.id),
    }


def _unknown_by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the unknown findings of each rule that has any, worst rules first."""
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.verdict.status is Status.UNKNOWN:
            found[finding.rule.id].append(finding)
    return list(found.values())


def _unknown(findings: Sequence[Finding], indices: Mapping[str, int]) -> dict[str, object]:
    """Return all that a rule could not judge as one result."""
    rule = findings[0].rule
    resources = list({each.resource.id: each.resource for each in findings}.values())
    reasons = Counter(each.verdict.reason for each in findings if each.verdict.reason)
    permissions = sorted({each.verdict.permission for each in findings} - {""})
    named = ", ".join(_quoted(each) for each in resources[:_NAMED])
    more = f" and {len(resources) - _NAMED:,} more" if len(resources) > _NAMED else ""
    counted = ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items()))
    said = [
        f"{rule.id} could not be judged on {named}{more}: {_title(rule)}",
        f"Neither passed nor failed: {number(len(resources), 'resource')} ({counted}).",
    ]
    if permissions:
        spelled = (f"'{plain(each, _LONGEST_ID)}'" for each in permissions[:_MOST_PERMISSIONS])
        said.append(f"Missing permissions: {', '.join(spelled)}.")
    return {
        "ruleId": rule.id,
        "ruleIndex": indices[rule.id],
        "level": "note",
        "message": {"text": " ".join(said)},
        "locations": [_location(resources)],
        "partialFingerprints": _fingerprints(
            sha256(f"{rule.id} unknown".encode()).hexdigest()[:32]
        ),
        "properties": {
            "status": Status.UNKNOWN,
            "resources": len(resources),
            "reasons": dict(sorted(reasons.items())),
            "missingPermissions": permissions,
        },
    }


def _quoted(resource: ResourceRef) -> str:
    """Return how a message names a resource; the tenant root has no name."""
    return f"'{plain(resource.name or resource.id, _LONGEST_NAME)}'"


def _title(rule: Rule) -> str:
    """Return the good state as a sentence."""
    return sentence(plain(rule.title, _LONGEST_MESSAGE))


def _location(resources: Sequence[ResourceRef]) -> dict[str, object]:
    """Return the one location of a result: a file for GitHub, the resources for everybody."""
    place = _place(resources[0].id) if len(resources) == 1 else number(len(resources), "resource")
    return {
        "physicalLocation": {
            "artifactLocation": {
                "uri": _FILE,
                "uriBaseId": _ROOT,
                "description": {"text": place},
            },
            "region": _REGION,
        },
        "logicalLocations": [
            {**given(name=clean(each.name)), "fullyQualifiedName": each.id, "kind": "resource"}
            for each in resources[:_MOST_LOCATED]
        ],
    }


def _place(resource_id: str) -> str:
    """Return the names in an id: `subscription / group / workspace / item`."""
    names = re.sub(r"/providers/[^/]+", "", resource_id).split("/")[2::2]
    return plain(" / ".join(names) or resource_id, _LONGEST_ID)


def _fingerprints(key: str) -> dict[str, str]:
    """Return what tells one alert from another; GitHub reads the first, in the form `hash:n`."""
    return {"primaryLocationLineHash": f"{key}:1", "amlauditFinding/v1": key}
