"""Failed reads without an answer: errors of the SDK, converted to the reasons of gaps.

Separate from `faults`, which files use too, so that those load nothing of the SDK.
"""

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)

from amlaudit.core.gap import Reason
from amlaudit.scanners.faults import ReadError


def error_of_failure(failure: Exception) -> ReadError:
    """Return the error for an exception raised instead of an answer."""
    match failure:
        case ServiceRequestTimeoutError() | ServiceResponseTimeoutError():
            return ReadError(Reason.TIMEOUT, "no response in time")
        case ClientAuthenticationError():
            return ReadError(Reason.FORBIDDEN, str(failure.message), status=401)
        case AzureError():
            return ReadError(Reason.API_ERROR, f"no response: {failure.message}")
        case _:
            return ReadError(Reason.API_ERROR, str(failure))
