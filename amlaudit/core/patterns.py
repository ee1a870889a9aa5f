"""Regular expressions that are compiled when they are first asked.

To compile one takes longer than to load a small module, and most runs ask few of them.
"""

import re
from typing import cast


class _Late:
    """A regular expression that becomes a compiled one as far as it is asked.

    What was asked once is an attribute from then on, so that it costs no more than it does of a
    compiled one.
    """

    def __init__(self, written: str, flags: int) -> None:
        """Keep what is to be compiled."""
        self._written = written, flags

    def __getattr__(self, name: str) -> object:
        """Return what a compiled expression has under a name."""
        found = getattr(re.compile(*self._written), name)
        setattr(self, name, found)
        return found


def late_pattern(written: str, flags: int = 0) -> re.Pattern[str]:
    """Return a regular expression that is compiled when its first method is called.

    Args:
        written: The expression.
        flags: Of `re`.
    """
    return cast("re.Pattern[str]", _Late(written, flags))
