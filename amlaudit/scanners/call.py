"""A call: what was asked of Azure or of a file, and what came of it."""

from datetime import datetime

from msgspec import Struct


class Call(Struct, frozen=True):
    """One request that was sent, or one file that was read.

    Attributes:
        method: HTTP method; `FILE` for a file.
        path: Path of the request without host and query; name of the file.
        api_version: The API version asked for.
        status: HTTP status, or the name of what went wrong.
        at: When, UTC.
    """

    method: str
    path: str
    api_version: str
    status: str
    at: datetime
