"""Failed reads: answers and errors of Azure, converted to the reasons of gaps."""

from collections.abc import Mapping
from typing import Final

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.patterns import late_pattern
from amlaudit.core.secrets import safe
from amlaudit.core.texts import cut
from amlaudit.scanners.call import Call

_ACTION = late_pattern(r"perform action '([^']+)'")
_SCOPE = late_pattern(r"over scope '([^']+)'")
_REASONS: Final = {
    401: Reason.FORBIDDEN,
    403: Reason.FORBIDDEN,
    408: Reason.TIMEOUT,
    429: Reason.THROTTLED,
    504: Reason.TIMEOUT,
}
"""Reasons of gaps, by HTTP status."""
_LONGEST_DETAIL: Final = 300
"""Characters; an error page can be an entire HTML document."""


class ReadError(Exception):
    """Something could not be read; it becomes a gap for what is missing.

    Attributes:
        code: Azure's error code, empty if it gave none.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        permission: str = "",
        status: int = 0,
        call: Call | None = None,
    ) -> None:
        """Describe what went wrong.

        Args:
            reason: The reason of the gap.
            detail: What happened, in readable form; a secret in it is dropped.
            permission: The action that would have allowed the read, if known.
            status: HTTP status of the answer, 0 if there was none.
            call: The call that produced it; whoever stores the gap stores the call with it.
        """
        self.reason = reason
        self.detail = cut(safe(" ".join(detail.split())), _LONGEST_DETAIL)
        self.permission = permission
        self.status = status
        self.call = call
        self.code = ""
        super().__init__(self.detail)

    def gap(self, scope_id: str, part: str, permission: str = "") -> Gap:
        """Return the resulting gap.

        Args:
            scope_id: Where something is missing.
            part: What is missing there.
            permission: The action that the read needs, unless Azure's answer names another one;
                Azure spells actions like the requested path.
        """
        named = self.permission or permission
        needed = permission if named.lower() == permission.lower() else named
        if self.reason is not Reason.FORBIDDEN:
            needed = ""
        return Gap(scope_id, part, self.reason, self.detail, needed)


class CutError(ReadError):
    """Something that the deadline left unread: a resumed collection requests it again."""


def error_of_answer(status: int, body: object, call: Call | None = None) -> ReadError:
    """Return the error for an answer with a status of 400 or above.

    Args:
        status: HTTP status.
        body: Its JSON value; None if it was not JSON.
        call: The call that produced it.
    """
    code, message = _code_and_message(body)
    texts = (safe(text) for text in (code, message) if text)
    detail = ", ".join((f"Azure answered {status}", *texts))
    reason = _REASONS.get(status, Reason.API_ERROR)
    action = _ACTION.search(message) if reason is Reason.FORBIDDEN else None
    error = ReadError(reason, detail, action[1] if action else "", status, call)
    error.code = code
    return error


def error_of_body(body: object, source: str) -> tuple[ReadError, str]:
    """Return the error for an answer without its status, and the scope that it names.

    Args:
        body: Its JSON value.
        source: Where it was found.
    """
    code, message = _code_and_message(body)
    action, scope = _ACTION.search(message), _SCOPE.search(message)
    reason = Reason.FORBIDDEN if action else Reason.API_ERROR
    answer = ", ".join(safe(text) for text in (code, message) if text)
    error = ReadError(reason, f"{source} contains an error: {answer}", action[1] if action else "")
    return error, scope[1] if scope else ""


def _code_and_message(body: object) -> tuple[str, str]:
    """Return code and message of an error body, empty if it has none.

    Most services wrap them in `error`, some do not, and some have only a message.
    """
    if not isinstance(body, Mapping):
        return "", ""
    error = body.get("error", body)
    if not isinstance(error, Mapping):
        return "", str(error)
    return str(error.get("code") or ""), str(error.get("message") or "")
