"""Baselines: the findings at the time a team starts counting, as a file next to its code."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.history import Past
from amlaudit.reporters.encoding import pieces, utc
from amlaudit.reporters.fields import earlier_fields

BASELINE_VERSION: Final = "1.0"
"""Format version; a minor step only adds optional keys."""


def stream(past: Past) -> Iterator[str]:
    """Yield a baseline as JSON text, one finding per line, by id."""
    return pieces(
        {
            "baseline_version": BASELINE_VERSION,
            "made_for": utc(past.made_for),
            "findings": (earlier_fields(past.findings[key]) for key in sorted(past.findings)),
        },
        depth=2,
    )
