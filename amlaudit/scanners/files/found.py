"""What a file holds, item by item, whatever kind of file it is."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from amlaudit.core.gap import Gap
from amlaudit.core.place import NOWHERE, Written
from amlaudit.core.resource import Document, Gaps

ANYTHING: Final = "resources of any type"
"""Stands for every ARM type in `Found.unseen`."""


class Found(Struct, frozen=True):
    """One item in a file.

    Attributes:
        document: An ARM document; None where all that is known is that one is missing.
        gap: What is unknown according to the file; None: nothing.
        api_version: API version that shaped the document, empty if the file does not say.
        gaps: Unknown parts of the document, as in `Resource.gaps`; without a document, of the
            resource that the gap is about.
        written: Where the resource is declared.
        declared: The document is the complete declaration; anything it omits has Azure's default.
        left_alone: The deployment leaves the resource unchanged.
        whole: The declaration is the whole resource, not only what changes.
        gone: Normalised id of a resource that the deployment removes, empty if none.
        seen: Types for which all children of the resource, and all that refer to it, are known.
        unseen: The gap of a type, its part, of which the deployment adds more to a scope than the
            file shows, or of `ANYTHING`; it says so only of what exists.
        shown: The file shows what the deployment adds, but not to what.
        linked: A file that this one deploys and that is not a deployment by itself.
    """

    document: Document | None = None
    gap: Gap | None = None
    api_version: str = ""
    gaps: Gaps = ()
    written: Written = NOWHERE
    declared: bool = False
    left_alone: bool = False
    whole: bool = False
    gone: str = ""
    seen: tuple[str, ...] = ()
    unseen: Gap | None = None
    shown: bool = False
    linked: Path | None = None
