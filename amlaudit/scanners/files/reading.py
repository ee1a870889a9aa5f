"""The files that a user names: which they are, and what is in them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zipfile import is_zipfile

from amlaudit.scanners.deployments.bicep import compiled, is_source
from amlaudit.scanners.deployments.pairing import with_parameters
from amlaudit.scanners.files.input import Home, Input, read_input, unreadable
from amlaudit.scanners.snapshot_store import is_snapshot

_PRINT_PLAN: Final = "print it for others to read: terraform show -json PLAN > plan.json"
_PRINT_STATE: Final = "print it for others to read: terraform show -json > state.json"


def files_of(paths: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """Yield (file, name in reports) of everything that was named, in order.

    Raises:
        AmlauditError: A folder holds nothing.
    """
    for path in paths:
        if not path.is_dir():
            yield path, path.name
            continue
        found = sorted(each for each in path.rglob("*.json") if each.is_file())
        if not found:
            raise unreadable(path, "the folder holds no .json file")
        yield from ((each, each.relative_to(path).as_posix()) for each in found)


def holds_snapshot(path: Path) -> bool:
    """Tell whether a file is a snapshot.

    Raises:
        AmlauditError: It cannot be read.
    """
    try:
        return is_snapshot(path)
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error


def modified(path: Path) -> datetime:
    """Return when a file was last changed, UTC: the same for every run over it."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def read_whole(path: Path, name: str, named: tuple[Path, ...], home: Home) -> Input:
    """Return a file, read, with the files that belong to it.

    Args:
        path: The file.
        name: Its name in reports.
        named: What the user named.
        home: Where what it declares is deployed to.

    Raises:
        AmlauditError: It is nothing that can be read.
    """
    try:
        file = compiled(path, name) if is_source(path) else read_input(path, name)
        file = replace(with_parameters(file, named), home=home)
    except (OSError, ValueError, RecursionError) as error:
        if _is_archive(path):
            cause = "it is a binary plan of Terraform, or another archive"
            raise unreadable(path, cause, _PRINT_PLAN) from error
        cause = str(error) or type(error).__name__
        raise unreadable(path, f"it is not JSON that can be read: {cause}") from error
    if _is_raw_state(file.value):
        raise unreadable(path, "it is the raw state of Terraform", _PRINT_STATE)
    return file


def _is_archive(path: Path) -> bool:
    """Tell whether a file is a zip archive, as the plans are that Terraform saves."""
    return path.is_file() and is_zipfile(path)


def _is_raw_state(value: object) -> bool:
    """Tell whether a JSON value is a state as Terraform keeps it, for itself alone."""
    return isinstance(value, dict) and {"terraform_version", "serial", "lineage"} <= set(value)
