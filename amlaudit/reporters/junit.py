"""The report as JUnit XML, for the test tabs of build servers and their history.

A suite is a workspace, or everything outside workspaces; a case is a rule on a resource. What has
the name of something else is called by its id, so that histories do not mix. A fail is a failure,
an unknown is an error, and what is waived, manual or not applicable is skipped, with the reason.
The first suite says whether enough was seen.
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import quoteattr

from msgspec import Struct, field

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Report
from amlaudit.core.verdict import Status
from amlaudit.reporters.about import about
from amlaudit.reporters.encoding import utc
from amlaudit.reporters.fixes import fix_of
from amlaudit.reporters.rows import run_of
from amlaudit.reporters.texts import clean, sentence, shorten
from amlaudit.reporters.words import REASONS, group_of

EXTENSION: Final = "xml"

_LONGEST: Final = 1_000
"""Maximum number of characters of a text from the cloud."""
_ELSEWHERE: Final = "outside workspaces"
_SKIPPED: Final = {Status.MANUAL: "Only people can answer", Status.NOT_APPLICABLE: "Not applicable"}


class _Suite(Struct):
    """A suite being built: its cases as text, and the number of each kind."""

    cases: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)

    def add(self, case: Element) -> None:
        """Add a case; a name that exists already gets a number."""
        name = case.get("name", "")
        self.names[name] += 1
        if self.names[name] > 1:
            case.set("name", f"{name} #{self.names[name]}")
        self.kinds.update(child.tag for child in case)
        self.cases.append(f"    {tostring(case, 'unicode')}\n")


def stream(report: Report) -> Iterator[str]:
    """Yield the report suite by suite, that of the run first."""
    suites: defaultdict[str, _Suite] = defaultdict(_Suite)
    names = Counter((_workspace_of(each), _name_of(each)) for each in report.findings)
    for finding in report.findings:
        workspace_id, name = _workspace_of(finding), _name_of(finding)
        if names[workspace_id, name] > 1:
            name = _name_of(finding, in_full=True)
        suites[workspace_id].add(_case(finding, name))
    run = _run(report)
    every = [("amlaudit", run), *_named(suites)]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites{_totals(*(suite for _, suite in every))}>\n"
    for name, suite in every:
        named = f"name={quoteattr(name)} timestamp={quoteattr(utc(report.at)[:19])}"
        yield f'  <testsuite {named} time="0"{_totals(suite, skipped=True)}>\n'
        if suite is run:
            yield f"    {tostring(_properties(report), 'unicode')}\n"
        yield from suite.cases
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _totals(*suites: _Suite, skipped: bool = False) -> str:
    """Return the attributes that count the cases of suites."""
    kinds = sum((suite.kinds for suite in suites), Counter[str]())
    totals = {
        "tests": sum(len(suite.cases) for suite in suites),
        "failures": kinds["failure"],
        "errors": kinds["error"],
        **({"skipped": kinds["skipped"]} if skipped else {}),
    }
    return "".join(f' {name}="{count}"' for name, count in totals.items())


def _run(report: Report) -> _Suite:
    """Return the suite about the run itself: whether enough was seen, and what was not."""
    suite = _Suite()
    case = _passed_case("amlaudit.run", "Enough is known for a verdict")
    if not report.gate.complete:
        SubElement(case, "error", message=run_of(report), type="incomplete")
    suite.add(case)
    for gap in report.gaps:
        suite.add(_gap(gap))
    return suite


def _properties(report: Report) -> Element:
    """Return what was judged, by what and how it was read."""
    properties = Element("properties")
    for group, name, value in about(report):
        SubElement(properties, "property", name=_text(f"{group}: {name}"), value=_text(str(value)))
    return properties


def _gap(gap: Gap) -> Element:
    """Return the case of something that could not be read."""
    case = _passed_case("amlaudit.coverage", f"{_text(gap.part)} of {_text(gap.scope_id)} was read")
    message = _missing(gap.reason, gap.detail, gap.permission)
    SubElement(case, "error", message=message, type=gap.reason)
    return case


def _name_of(finding: Finding, *, in_full: bool = False) -> str:
    """Return the name of a finding's case, on demand with the id of its resource."""
    rule, resource = finding.rule, finding.resource
    shown = resource.id if in_full else resource.name or resource.id
    beside = f", {finding.subject_key}" if finding.subject_key else ""
    return _text(f"{rule.id} {rule.title} [{_text(shown)}{_text(beside)}]")


def _case(finding: Finding, name: str) -> Element:
    """Return the case of a finding."""
    rule, verdict = finding.rule, finding.verdict
    case = _passed_case(f"amlaudit.{rule.area or 'rules'}.{rule.id}", name)
    text = _text(verdict.message or rule.title)
    if verdict.status is Status.UNKNOWN:
        message = _missing(verdict.reason, verdict.message, verdict.permission)
        SubElement(case, "error", message=message, type=verdict.reason or "unknown")
    elif verdict.status in _SKIPPED:
        SubElement(case, "skipped", message=f"{_SKIPPED[verdict.status]}: {text}")
    elif finding.waiver:
        waiver = finding.waiver
        waived = f"Waived until {waiver.expires} by {waiver.id}, {waiver.owner}: {waiver.reason}"
        SubElement(case, "skipped", message=f"{_text(waived)} It fails: {text}")
    elif verdict.status is Status.FAIL:
        failure = SubElement(case, "failure", message=text, type=rule.severity)
        failure.text = _details(finding)
    return case


def _missing(reason: Reason | None, detail: str, permission: str) -> str:
    """Return why something is unknown, and what would help."""
    needs = f" Needs {_text(permission)}." if permission else ""
    return f"{REASONS[reason]}: {sentence(_text(detail))}{needs}"


def _passed_case(classname: str, name: str) -> Element:
    """Return a case without an outcome, which is a pass."""
    return Element("testcase", classname=_text(classname), name=name, time="0")


def _details(finding: Finding) -> str:
    """Return the details of a fail: where, why it matters, how to fix it."""
    declared = finding.declared_at
    lines = (
        f"Resource: {_text(finding.resource.id)}",
        *([f"Declared at: {_text(str(declared))}"] if declared else []),
        f"Severity: {finding.rule.severity}",
        f"Why it matters: {_text(finding.rule.because)}",
        "Fix:",
        *map(clean, fix_of(finding).splitlines()),
    )
    return "\n".join(lines)


def _workspace_of(finding: Finding) -> str:
    """Return the id of the workspace whose suite a finding belongs to, empty if it has none."""
    return arm_id.nearest_of_type(finding.resource.id, WORKSPACE)


def _named(suites: Mapping[str, _Suite]) -> list[tuple[str, _Suite]]:
    """Return suites with their names, sorted; what several would be called is replaced by ids."""
    names = Counter(map(_suite_name, suites))
    named = (
        (_suite_name(each) if names[_suite_name(each)] == 1 else _text(each), suite)
        for each, suite in suites.items()
    )
    return sorted(named, key=itemgetter(0))


def _suite_name(workspace_id: str) -> str:
    """Return the short name of a workspace's suite."""
    if workspace_id:
        return _text(f"{group_of(workspace_id)}/{arm_id.name_of(workspace_id)}")
    return _ELSEWHERE


def _text(text: str) -> str:
    """Return a text on one line, without characters invalid in XML, limited in length."""
    return shorten(clean(text), _LONGEST)
