"""The SARIF 2.1.0 report, in the profile of its intended reader.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from collections.abc import Iterator
from itertools import chain

from amlaudit.core.history import Change
from amlaudit.core.report import Report
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.reporters import Files
from amlaudit.reporters.sarif.options import Profile, SarifOptions
from amlaudit.reporters.sarif.results import Blind
from amlaudit.reporters.sarif.run import Run
from amlaudit.reporters.sarif.split import MAX_RESULTS, Shelf, Split, Survey, file_suffix, is_alert
from amlaudit.reporters.texts import number


def render(report: Report, options: SarifOptions) -> Files:
    """Return the report as SARIF: one run per file, and more files if one has too little room."""
    if options.profile is Profile.FULL:
        return _whole(report, options)
    survey = Survey.of(report, options.profile)
    rules = [each for each in _at_worst(report) if survey.statuses.get(each.id) != {Status.MANUAL}]
    run = Run.of(report, options, rules)
    # Unknowns are never dropped to make room.
    room = MAX_RESULTS - (survey.unknown_rules if options.unknown else 0)
    shelf = _sorted_by_scope(run, Split.of(survey, room), room)
    scopes = sorted(shelf.scopes()) or [""]
    names = {scope: file_suffix(scope) if count else "" for count, scope in enumerate(scopes)}
    parts = {
        names[scope]: run.document(shelf.results(scope), scope, shelf.left_out[scope])
        for scope in scopes
    }
    return Files(parts, (*run.places.notes(), *_notes(report, names, shelf)))


def _sorted_by_scope(run: Run, split: Split, room: int) -> Shelf:
    """Return the results, grouped by the scope whose file they go to: fails, then unknowns."""
    shelf, results, options = Shelf(room), run.results(), run.options
    blind: dict[tuple[str, str], Blind] = {}
    for finding in run.report.findings:
        scope = split.scope_of(finding.resource.id)
        if finding.verdict.status is Status.UNKNOWN and options.unknown:
            key = (scope, finding.rule.id)
            blind.setdefault(key, Blind(finding.rule, scope)).add(finding)
        elif is_alert(finding, options.profile) and shelf.has_room(scope):
            shelf.add(scope, results.of_finding(finding))
    for (scope, _), each in blind.items():
        shelf.add(scope, results.of_blind(each))
    return shelf


def _at_worst(report: Report) -> tuple[Rule, ...]:
    """Return the rules with their worst severity anywhere: SARIF allows only one per rule."""
    profile = report.profile
    return tuple(map(profile.at_worst, report.rules)) if profile else report.rules


def _whole(report: Report, options: SarifOptions) -> Files:
    """Return every verdict in one file, including fails that are gone since the baseline."""
    run = Run.of(report, options, _at_worst(report))
    results = run.results()
    vanished = report.baseline.vanished if report.baseline else ()
    # To some of them the rule only does not apply any more, which a result of their own says.
    there = {each.id for each in report.findings if vanished and each.change is Change.VANISHED}
    gone = (each for each in vanished if each.id not in there)
    found = chain(map(results.of_finding, report.findings), map(results.of_gone, gone))
    return Files({"": run.document(found, "", 0)}, tuple(run.places.notes()))


def _notes(report: Report, names: dict[str, str], shelf: Shelf) -> Iterator[str]:
    """Yield what the user should know about the files."""
    if report.only and Status.FAIL not in report.only:
        yield "fails are left out: an upload closes their alerts; report without --only instead"
    if len(names) > 1:
        yield (
            f"more results than the {MAX_RESULTS:,} that code scanning keeps per run: "
            f"{number(len(names), 'file')}, one per scope, each with its own category; "
            "upload all of them"
        )
    left_out = sum(shelf.left_out.values())
    if left_out:
        yield f"{number(left_out, 'fail')} did not fit; the JSON report contains all of them"
