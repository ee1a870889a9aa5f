"""What a file contains: a deployment as code, or documents that Azure returned."""

from amlaudit.core.gap import Reason
from amlaudit.scanners.deployments.kinds import Kind
from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.input import Input, unreadable


def contents_of(file: Input, kind: Kind | None) -> list[Found]:
    """Return what a file contains.

    Args:
        file: The file.
        kind: The kind of deployment that it declares; None: it declares none.

    Raises:
        AmlauditError: It is malformed, whatever exception that raises in its reader.
    """
    try:
        return list(kind.contents(file)) if kind else _exported_in(file)
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        what = type(error).__name__
        raise unreadable(file.path, f"it is malformed ({what})") from error


def _exported_in(file: Input) -> list[Found]:
    """Return the content of a file that declares no deployment."""
    from amlaudit.scanners.files.shapes import contents  # noqa: PLC0415 - it loads all scanners

    return list(contents(file.value, file.name))


def says_something(found: Found) -> bool:
    """Tell whether something in a file was understood."""
    return found.document is not None or (
        found.gap is not None and found.gap.reason is not Reason.UNSUPPORTED
    )
