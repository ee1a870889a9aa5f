"""What a file holds, one thing after the other, whatever kind of file it is."""

from pathlib import Path

from msgspec import Struct

from amlaudit.core.gap import Gap
from amlaudit.core.place import NOWHERE, Written
from amlaudit.core.resource import Document, Gaps


class Found(Struct, frozen=True):
    """One thing that a file holds.

    Attributes:
        document: An ARM document; None where it is only known that one is missing.
        gap: What the file says is not known; None where it says so of nothing.
        api_version: Version of the API that shaped the document, empty if the file does not say.
        gaps: Parts of the document that are not known, as `Resource.gaps`; without a document, of
            the resource that the gap is about.
        written: Where the resource is declared.
        declared: The document is all that people wrote of the resource; what it leaves out has
            Azure's default.
        left_alone: The deployment leaves the resource as it is.
        whole: The declaration says all of the resource, and not only what changes.
        gone: Normalised id of a resource that the deployment removes, empty for none.
        seen: Types of which all children of the resource, and all that name it, are known.
        linked: A file that this one deploys, which is no deployment by itself.
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
    linked: Path | None = None
