"""A call: a request to Azure or for a file, and its outcome."""

from datetime import datetime

from msgspec import Struct


class Call(Struct, frozen=True):
    """One request that was sent, or one file that was read.

    Attributes:
        method: HTTP method; `FILE` for a file.
        path: Path of the request without host and query; name of the file.
        api_version: The API version requested.
        status: HTTP status, or the name of the failure.
        at: Time, UTC.
    """

    method: str
    path: str
    api_version: str
    status: str
    at: datetime
