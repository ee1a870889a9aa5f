"""The one kind of error that users see: a code, what happened, why, and what to do."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line."""

    PASS = 0
    FAIL = 1
    USAGE = 2
    INCOMPLETE = 3
    NO_ACCESS = 4
    """Not signed in, wrong tenant, or not one scope could be read."""
    INVALID = 5
    """Invalid profile or rule pack."""
    INPUT_OUTPUT = 6
    """Input cannot be read or output cannot be written."""
    INTERNAL = 70
    INTERRUPTED = 130


class AmlauditError(Exception):
    """An error that the user can act on.

    Attributes:
        code: Stable code (`E101`), documented in `docs/errors.md`.
        message: What happened, one line.
        cause: Why, as far as known.
        advice: What to do about it.
        exit_code: The exit code of the process.
    """

    def __init__(
        self, code: str, message: str, *, exit_code: Exit, cause: str = "", advice: str = ""
    ) -> None:
        """Describe what happened."""
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.cause = cause
        self.advice = advice
        self.exit_code = exit_code
