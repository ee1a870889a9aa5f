"""Waivers as listed on the page: invalid ones come first."""

from datetime import datetime
from typing import Final

from amlaudit.core.report import Report
from amlaudit.core.waiver import WaiverState, WaiverUse
from amlaudit.reporters import words

_ORDER: Final = tuple(words.WAIVER_STATES)


def in_order(report: Report) -> list[WaiverUse]:
    """Return the waivers, invalid ones first, then by end date."""
    return sorted(
        report.waivers,
        key=lambda use: (_ORDER.index(use.state), use.waiver.expires, use.waiver.id),
    )


def expiring(report: Report) -> list[WaiverUse]:
    """Return the valid waivers that end soon, the earliest first."""
    return [
        use
        for use in in_order(report)
        if use.state is WaiverState.ACTIVE and words.ends_soon(use.waiver, report.at)
    ]


def days_left(use: WaiverUse, at: datetime) -> int:
    """Return the number of days that a waiver remains valid; negative: days since it ended."""
    return (use.waiver.expires - at.date()).days
