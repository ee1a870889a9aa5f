"""What only previews of an API are sure to show, so that elsewhere absence means nothing."""

from amlaudit.core.subject import Subject


def prove_shown(subject: Subject, path: str, since: str, what: str) -> None:
    """Make sure that a document would show a property if it were there.

    Args:
        subject: Of the document.
        path: Path of the property.
        since: The first preview that shows it; those before it and stable versions need not.
        what: What it would tell, in words.

    Raises:
        NoDataError: It need not.
    """
    version = subject.resource.origin.api_version
    if subject.is_as_declared or (version.endswith("-preview") and version >= since):
        return
    read = f"it was read by version {version}" if version else "the source names none"
    raise subject.untold(path, f"{what}; only previews of the API are sure to show it, and {read}")
