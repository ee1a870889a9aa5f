"""Records of runs: a folder of them is read for the trend of the posture."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.history import Posture
from amlaudit.reporters.encoding import pieces
from amlaudit.reporters.fields import posture_fields

HISTORY_VERSION: Final = "1.0"
"""Format version; a minor step only adds optional keys."""


def stream(posture: Posture) -> Iterator[str]:
    """Yield the record of a run as JSON text."""
    return pieces({"history_version": HISTORY_VERSION, **posture_fields(posture)}, depth=1)
