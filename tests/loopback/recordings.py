"""Recorded answers of Azure, replayed for the requests that once received them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from msgspec import Struct

from tests.loopback.wire import Request, Response

_OF_THE_CONNECTION: Final = frozenset(
    {"content-length", "transfer-encoding", "content-encoding", "connection", "date", "server"}
)
"""Headers that the replaying server sets itself."""


class Recording(Struct, frozen=True):
    """One answer, and the request that received it.

    Attributes:
        name: Its file.
        method: HTTP method of the request.
        path: Path of the request, in its original spelling.
        response: The answer.
    """

    name: str
    method: str
    path: str
    response: Response

    def answers(self, request: Request) -> bool:
        """Tell whether this is an answer to a request; the API version does not matter."""
        return request.method == self.method and request.place == unquote(self.path).lower()


def read_recordings(folder: Path) -> Iterator[Recording]:
    """Yield the recordings of an `INDEX.json`."""
    rows: Sequence[Mapping[str, Any]] = json.loads((folder / "INDEX.json").read_text("utf-8"))
    for row in rows:
        content = (folder / row["file"]).read_bytes()
        status, headers = row["status"], row["headers"]
        if row["file"].startswith("error-responses/"):  # these are wrapped in another object
            wrapped = json.loads(content)
            status, headers = wrapped["status"], wrapped["headers"]
            content = wrapped["body"].encode()
        kept = {
            name: str(text)
            for name, text in (headers or {}).items()
            if name.lower() not in _OF_THE_CONNECTION
        }
        yield Recording(row["file"], row["method"], row["path"], Response(status, content, kept))
