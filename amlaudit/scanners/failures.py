"""What went wrong where no answer came: errors of the SDK told as reasons of a gap.

Apart from `faults`, which files use too: they load nothing of the SDK.
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
    """Return the error that an exception in the place of an answer stands for."""
    match failure:
        case ServiceRequestTimeoutError() | ServiceResponseTimeoutError():
            return ReadError(Reason.TIMEOUT, "no answer came in time")
        case ClientAuthenticationError():
            return ReadError(Reason.FORBIDDEN, str(failure.message), status=401)
        case AzureError():
            return ReadError(Reason.API_ERROR, f"no answer: {failure.message}")
        case _:
            return ReadError(Reason.API_ERROR, str(failure))
