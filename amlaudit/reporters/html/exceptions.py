"""Waivers as the page lists them: what does not hold comes first."""

from datetime import datetime, timedelta
from typing import Final

from amlaudit.core.report import Report
from amlaudit.core.waiver import WaiverState, WaiverUse
from amlaudit.reporters import words

SOON: Final = timedelta(days=30)

_ORDER: Final = tuple(words.WAIVER_STATES)


def in_order(report: Report) -> list[WaiverUse]:
    """Return the waivers, those that do not hold first, then those that end first."""
    return sorted(
        report.waivers,
        key=lambda use: (_ORDER.index(use.state), use.waiver.expires, use.waiver.id),
    )


def expiring(report: Report) -> list[WaiverUse]:
    """Return the waivers that hold and end soon, the first of them first."""
    last = (report.at + SOON).date()
    return [
        use
        for use in in_order(report)
        if use.state is WaiverState.ACTIVE and use.waiver.expires <= last
    ]


def days_left(use: WaiverUse, at: datetime) -> int:
    """Return for how many days a waiver holds; below zero: since when it does not."""
    return (use.waiver.expires - at.date()).days
