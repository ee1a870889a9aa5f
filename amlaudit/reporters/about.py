"""What was judged, by what and how it was read, as rows: for formats without a header."""

from collections.abc import Iterator
from typing import TypeAlias

from amlaudit.core.report import Report
from amlaudit.reporters.encoding import utc
from amlaudit.reporters.words import STATUSES, masked_of, moment_of, percent_of, switched_off

Row: TypeAlias = tuple[str, str, str | int]
"""Its group, its name and its value."""


def about(report: Report) -> Iterator[Row]:
    """Yield what was judged, by what and how it was read."""
    collection, scope = report.collection, report.collection.scope
    yield ("Report", "amlaudit", report.version)
    yield ("Report", "Made for", f"{moment_of(report.at)} UTC")
    yield ("Report", "Fails at", report.gate.fail_on or "nothing")
    if report.gate.new_only:
        yield ("Report", "Fails that count", "only those new since the baseline")
    yield ("Report", "Coverage required", f"{percent_of(report.gate.min_coverage, up=True)} %")
    if report.only:
        kept = ", ".join(STATUSES[each] for each in report.only)
        yield ("Report", "Findings kept", f"{kept}; counts cover all findings")
    if report.masked:
        yield ("Report", "Masked", masked_of(report))
    for pack in report.packs:
        version = f"{pack.version}, " if pack.version else ""
        yield ("Rule pack", pack.name, f"{version}SHA-256 {pack.sha256}")
    if report.profile:
        yield ("Profile", report.profile.name, f"SHA-256 {report.profile.sha256}")
    yield from (("Profile", "Switches off", each) for each in switched_off(report))
    asked = {
        "Tenant": (scope.tenant,) if scope.tenant else (),
        "Management group": scope.management_groups,
        "Subscription": scope.subscriptions,
        "Resource group": scope.resource_groups,
        "Workspace": scope.workspaces,
        "Left out": scope.excluded,
    }
    yield from (("Asked for", kind, name) for kind, names in asked.items() for name in names)
    yield from (("Reached", "Scope", each) for each in collection.reached)
    yield from (("Read from", "Source", each) for each in collection.sources)
    yield ("Read", "By", collection.principal or "none: from files")
    yield ("Read", "Tenant", collection.tenant or "not known")
    started, ended = collection.started_at, collection.ended_at
    yield ("Read", "From", utc(started) if started else "not known")
    yield ("Read", "To", utc(ended) if ended else "did not finish")
    yield from (("Calls", status, count) for status, count in sorted(collection.calls.items()))
