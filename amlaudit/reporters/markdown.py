"""The report as Markdown, for the summary of a job, a comment on a pull request, or a wiki.

GitHub shows at most 1,024 KiB of a step's summary; the page stays well below that and counts what
it omits. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Final

from msgspec import Struct

from amlaudit.core.attack_paths import Exposure, most_exposed
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.history import Change
from amlaudit.core.patterns import late_pattern
from amlaudit.core.ranked import resources_of
from amlaudit.core.report import Finding, Outcome, Report, ResourceRef
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import WaiverState
from amlaudit.reporters.blind_spots import BlindSpot, blind_spots
from amlaudit.reporters.completeness import shortfalls_of
from amlaudit.reporters.rows import subscription_of, workspace_of
from amlaudit.reporters.texts import clean, markdown, number, sentence, shorten
from amlaudit.reporters.words import (
    REASONS,
    STATUSES,
    ends_soon,
    group_of,
    interval_of,
    masked_of,
    moment_of,
    percent_of,
    policies_of,
    switched_off,
)

EXTENSION: Final = "md"

_MAX_BYTES: Final = 900 * 1024
_RESERVED: Final = 10 * 1024
"""Bytes kept free for headings and the last line, which take less than a row may."""
_AT_ONCE: Final = 20
"""Fails shown before the reader unfolds the others; of everything else no more is shown."""
_NAMED: Final = 8
"""Rules named for each cause of unknown verdicts, and parts of a scope for each gap."""
_LONGEST: Final = 300
"""Maximum number of characters of a text from the cloud."""
_MARKS: Final = {Outcome.PASS: "✔", Outcome.FAIL: "✖", Outcome.INCOMPLETE: "?"}
_MENTION: Final = late_pattern(r"(?<!\w)@(?=\w)")
"""What would notify somebody on GitHub; a full-width sign does not."""


class MarkdownOptions(Struct, frozen=True):
    """Limits of the page.

    Attributes:
        most_kib: Its maximum size in KiB; 60 fit into a comment.
    """

    most_kib: int = 900


def stream(report: Report, options: MarkdownOptions) -> Iterator[str]:
    """Yield the page, piece by piece."""
    limit = min(options.most_kib * 1024, _MAX_BYTES)
    head = "".join(chain.from_iterable(part(report) for part in _PARTS))
    yield head
    room = limit - len(head.encode())
    yield from _fails(report, room)


def _title(report: Report) -> Iterator[str]:
    """Yield the verdict."""
    gate, score = report.gate, report.score
    incomplete = "" if gate.complete or gate.outcome is Outcome.INCOMPLETE else ", INCOMPLETE"
    yield f"# {_MARKS[gate.outcome]} amlaudit: {gate.outcome}{incomplete}\n\n"
    yield f"**Posture {interval_of(score)}, coverage {percent_of(score.coverage)} %**"
    if report.accepted:
        yield f" (with accepted risk {interval_of(report.accepted)})"
    fails_at = f"fails at {gate.fail_on} and above" if gate.fail_on else "no fail fails the run"
    if gate.new_only:
        fails_at += ", only those new since the baseline"
    yield f" · {fails_at}, {percent_of(gate.min_coverage, up=True)} % coverage required\n\n"
    if missing := shortfalls_of(report):
        yield f"**Incomplete:** {missing}.\n\n"
    collection = report.collection
    scopes = number(len(collection.reached), "scope")
    about = [
        f"amlaudit {report.version}",
        f"made for {moment_of(report.at)} UTC",
        *([f"tenant {_text(collection.tenant)}"] if collection.tenant else []),
        *([f"{scopes} reached"] if collection.reached or collection.principal else []),
        *(["a deployment, judged by what it declares"] if collection.is_deployment else []),
        *([f"read by {_text(collection.principal)}"] if collection.principal else []),
        *([f"profile {_text(report.profile.name)}"] if report.profile else []),
    ]
    yield " · ".join(about) + "\n\n"
    if report.masked:
        yield f"**Masked:** {masked_of(report)}.\n\n"
    if report.only:
        kept = ", ".join(STATUSES[each].lower() for each in report.only)
        yield f"Only {kept} findings are included; counts cover all findings.\n\n"


def _counts(report: Report) -> Iterator[str]:
    """Yield the number of findings by severity and status."""
    counts = Counter(report.tally)
    yield f"| Severity | {' | '.join(STATUSES.values())} | Waived |\n"
    yield f"|---|{'---:|' * (len(STATUSES) + 1)}\n"
    for severity in Severity:
        cells = [counts[severity, status] for status in STATUSES]
        waived = report.waived.get(severity, 0)
        yield f"| {severity} | {' | '.join(f'{each:,}' for each in cells)} | {waived:,} |\n"
    yield "\n"


def _not_seen(report: Report) -> Iterator[str]:
    """Yield what could not be read."""
    if report.collection.ended_at is None:
        yield "**The collection did not finish.**\n\n"
    if not report.gaps:
        return
    yield f"## Not seen: {number(len(report.gaps), 'part')}\n\n"
    alike: defaultdict[tuple[str, Reason, str, str], list[Gap]] = defaultdict(list)
    for gap in report.gaps:
        told = "" if gap.reason is Reason.NOT_COLLECTED else gap.detail
        alike[gap.scope_id, gap.reason, gap.permission, told].append(gap)
    lines = list(alike.values())
    yield from (f"- {_gaps(several)}\n" for several in lines[:_AT_ONCE])
    if left := sum(map(len, lines[_AT_ONCE:])):
        yield f"- {left:,} more in the JSON report\n"
    yield "\n"


def _gaps(several: list[Gap]) -> str:
    """Return what is not known of one scope for one reason."""
    first = several[0]
    needs = f" Needs {_text(first.permission)}." if first.permission else ""
    parts = ", ".join(_text(each.part) for each in several[:_NAMED])
    more = f" and {len(several) - _NAMED:,} more" if len(several) > _NAMED else ""
    what = f"{parts}{more} of {_text(first.scope_id)} ({first.reason})"
    if len(several) > 1 and first.reason is Reason.NOT_COLLECTED:
        return f"{what}.{needs}"
    return f"{what}: {sentence(_text(first.detail))}{needs}"


def _unknown(report: Report) -> Iterator[str]:
    """Yield why verdicts are unknown, by cause."""
    total = report.count(Status.UNKNOWN)
    if not total:
        return
    yield f"## Unknown: {total:,}\n\n"
    if report.only and Status.UNKNOWN not in report.only:
        yield "They are left out of this report.\n\n"
        return
    spots = [each for each in blind_spots(report) if each.verdicts]
    yield from _bullets(map(_cause, spots), len(spots))
    yield "\n"


def _cause(spot: BlindSpot) -> str:
    """Return a cause for which verdicts are unknown: which ones, and what happened."""
    needs = f", needs {_text(spot.permission)}" if spot.permission else ""
    rules = ", ".join(sorted(spot.rules)[:_NAMED])
    left = len(spot.rules) - _NAMED
    more = f" and {number(left, 'more rule')}" if left > 0 else ""
    first, *others = spot.details
    told = _text(first) + (f" (and {number(len(others), 'other')})" if others else "")
    counted = number(spot.verdicts, "verdict")
    return f"{REASONS[spot.reason]}{needs}: {counted} of {rules}{more}: {sentence(told)}"


def _changes(report: Report) -> Iterator[str]:
    """Yield what changed since the baseline."""
    baseline = report.baseline
    if baseline is None:
        return
    counts = Counter(baseline.counts)
    text = ", ".join(f"{counts[each]:,} {each.replace('_', ' ')}" for each in Change)
    yield f"## Since {_text(baseline.name)} of {moment_of(baseline.made_for)} UTC\n\n{text}\n\n"


def _waivers(report: Report) -> Iterator[str]:
    """Yield the waivers that end soon or are invalid."""
    lines = [
        f"{_text(use.waiver.id)} of {_text(use.waiver.rule)}, {_text(use.waiver.owner)}: "
        f"{use.state.replace('_', ' ')}, until {use.waiver.expires}"
        for use in report.waivers
        if use.state is not WaiverState.ACTIVE or ends_soon(use.waiver, report.at)
    ]
    if lines:
        yield "## Waivers to look after\n\n"
        yield from _bullets(lines, len(lines))
        yield "\n"


def _disabled(report: Report) -> Iterator[str]:
    """Yield the rules that the profile switches off."""
    lines = [sentence(_text(each)) for each in switched_off(report)]
    if lines:
        yield "## Rules that the profile switches off\n\n"
        yield from _bullets(lines, len(lines))
        yield "\n"


def _attacks(report: Report) -> Iterator[str]:
    """Yield how workspaces can be attacked, and what to fix first."""
    count, shown = most_exposed(report, _AT_ONCE)
    if not shown:
        return
    yield f"## Attack paths lead to {number(count, 'workspace')}\n\n"
    yield from _bullets(map(_exposure, shown), count)
    yield "\n"


def _exposure(exposure: Exposure) -> str:
    """Return the longest of the paths that lead to a workspace, and what cuts all of them."""
    path = max(exposure.certain, key=lambda each: len(each.edges))
    points = " → ".join(_text(str(each)) for each in path.points)
    fixes = (f"{each.rule.id} on {_text(each.resource.name)}" for each in exposure.way_out)
    paths = number(len(exposure.certain), "path")
    more = " or more" if exposure.is_cut_off else ""
    return (
        f"**{_text(exposure.workspace.name)}**: {paths}{more}, such as {points}. "
        f"Fix {', '.join(fixes)} to cut all {'that were found' if more else 'of them'}."
    )


def _disputed(report: Report) -> Iterator[str]:
    """Yield where Azure Policy reaches the opposite verdict, or several ones."""
    seen = [each for each in report.findings if each.policies]
    disputed = [each for each in seen if each.is_disputed]
    contested = sum(each.is_contested for each in seen)
    if not (disputed or contested):
        return
    yield f"## Azure Policy disagrees on {number(len(disputed), 'finding')}\n\n"
    lines = (
        f"{each.rule.id} {_text(each.resource.name)}: {each.verdict.status} here, "
        f"{policies_of(each)} there"
        for each in disputed
    )
    yield from _bullets(lines, len(disputed))
    if contested:
        yield f"- policies contradict each other on {number(contested, 'finding')}\n"
    yield "\n"


def _bullets(lines: Iterable[str], total: int) -> Iterator[str]:
    """Yield the first lines as a list, and how many more of the total are in the JSON report."""
    yield from (f"- {line}\n" for line in islice(lines, _AT_ONCE))
    if total > _AT_ONCE:
        yield f"- {total - _AT_ONCE:,} more in the JSON report\n"


_PARTS: Final[tuple[Callable[[Report], Iterable[str]], ...]] = (
    _title,
    _counts,
    _not_seen,
    _unknown,
    _attacks,
    _disputed,
    _changes,
    _waivers,
    _disabled,
)


def _is_open(finding: Finding) -> bool:
    """Tell whether a finding is a fail without a waiver."""
    return finding.verdict.status is Status.FAIL and finding.waiver is None


def _open_fails(report: Report) -> int:
    """Return the number of fails without a waiver."""
    return report.count(Status.FAIL) - sum(report.waived.values())


def _fails(report: Report, room: int) -> Iterator[str]:
    """Yield the fails as tables, the worst open and the others folded, as far as they fit."""
    total = _open_fails(report)
    yield f"## Fails: {total:,}\n\n"
    if report.only and Status.FAIL not in report.only:
        yield "They are left out of this report.\n"
        return
    if not total:
        return
    heading = "| Severity | Rule | Resource | Finding |\n|---|---|---|---|\n"
    names = Counter(map(_label_of, resources_of(report.findings)))
    rows = (_row(each, names) for each in report.findings if _is_open(each))
    left, shown = room - _RESERVED, 0
    yield heading
    for row in rows:
        left -= len(row.encode())
        if left < 0:
            break
        if shown == _AT_ONCE:
            yield f"\n<details>\n<summary>{total - _AT_ONCE:,} more</summary>\n\n{heading}"
        shown += 1
        yield row
    if shown > _AT_ONCE:
        yield "\n</details>\n"
    if shown < total:
        yield f"\n{total - shown:,} more in the HTML, JSON and CSV reports.\n"


def _label_of(resource: ResourceRef) -> str:
    """Return the name of a resource, with that of the workspace that it is in."""
    workspace = workspace_of(resource.id)
    within = f" in {_text(workspace)}" if workspace and workspace != resource.name.lower() else ""
    return f"{_text(resource.name or resource.id)}{within}"


def _row(finding: Finding, names: Mapping[str, int]) -> str:
    """Return a fail as a row; where several resources have its name, with its group."""
    rule, resource = finding.rule, finding.resource
    label = _label_of(resource)
    if names[label] > 1:
        label += f", {_text(group_of(resource.id))} of {_text(subscription_of(resource.id))}"
    new = " (new)" if finding.change is Change.NEW else ""
    declared = f" at {_text(str(finding.declared_at))}" if finding.declared_at else ""
    cells = (
        f"{rule.severity}{new}",
        f"{_text(rule.id)} {_text(rule.title)}",
        f"{label}{declared}",
        _text(finding.verdict.message),
    )
    return f"| {' | '.join(cells)} |\n"


def _text(text: str) -> str:
    """Return a text from the cloud as Markdown that shows it literally and mentions nobody."""
    shown = _MENTION.sub("\uff20", markdown(shorten(clean(text), _LONGEST)))
    return shown.replace("@", "&#64;")  # an address, which would become a link
