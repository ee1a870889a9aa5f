"""Baselines: what was found when a team began to count, as a file that lies beside its code."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.history import Past
from amlaudit.reporters.encoding import pieces, utc
from amlaudit.reporters.fields import earlier_fields

BASELINE_VERSION: Final = "1.0"
"""Of the format; a minor step only adds optional keys."""


def stream(past: Past) -> Iterator[str]:
    """Yield a baseline as JSON text, one finding a line, by id."""
    return pieces(
        {
            "baseline_version": BASELINE_VERSION,
            "made_for": utc(past.made_for),
            "findings": (earlier_fields(past.findings[key]) for key in sorted(past.findings)),
        },
        depth=2,
    )
