"""Regular expressions that are compiled on first use.

Compiling one takes longer than loading a small module, and most runs use few of them.
"""

import re
from typing import Final, cast


class _Late:
    """A stand-in for a compiled regular expression, compiled on first use.

    A method that was used once is an attribute from then on, so that it costs no more than on a
    compiled expression.
    """

    def __init__(self, written: str, flags: int) -> None:
        """Store the expression to compile."""
        self._written = written, flags

    def __getattr__(self, name: str) -> object:
        """Return an attribute of the compiled expression."""
        found = getattr(re.compile(*self._written), name)
        setattr(self, name, found)
        return found


def late_pattern(written: str, flags: int = 0) -> re.Pattern[str]:
    """Return a regular expression that is compiled when its first method is called.

    Args:
        written: The expression.
        flags: Flags of `re`.
    """
    return cast("re.Pattern[str]", _Late(written, flags))


GUID: Final = late_pattern(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""The form of the ids of subscriptions, tenants, principals and role definitions, in any case."""
