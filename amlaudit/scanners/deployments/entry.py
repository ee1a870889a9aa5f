"""A document under construction, until it is known what the other documents add to it."""

from typing import Any

from msgspec import Struct


class Entry(Struct):
    """A document being assembled.

    Attributes:
        id: Its ARM id.
        type: Its ARM type, lower case.
        body: The document; `Unresolved` stands for unknown values.
        address: What declares it, in readable form.
        is_new: It is to be created.
    """

    id: str
    type: str
    body: dict[str, Any]
    address: str
    is_new: bool
