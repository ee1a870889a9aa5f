"""Finds the files that a user names."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from amlaudit.scanners.files.input import unreadable
from amlaudit.scanners.snapshot import partial_of
from amlaudit.scanners.snapshot_store import is_snapshot

_SUFFIXES: Final = frozenset({".json", ".jsonl", ".ndjson"})
"""Suffixes read from a folder; a file named directly may have any."""

_TERRAFORM_SOURCES: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")
_PLAN: Final = "create its plan: terraform plan -out PLAN && terraform show -json PLAN > plan.json"
_ADVICE: Final = {
    ".tf": _PLAN,
    ".tofu": _PLAN.replace("terraform", "tofu"),
    ".bicep": "pass the Bicep file itself; it is compiled if Bicep is installed",
}
"""Advice for the sources of deployments, by file suffix."""


def files_of(paths: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """Yield (file, name in reports) for everything named, in order.

    Raises:
        AmlauditError: A folder holds nothing, or a file is no evidence but a source to make some
            from.
    """
    for path in paths:
        if path.name.endswith(_TERRAFORM_SOURCES) and path.is_file():
            how = _ADVICE[".tofu" if ".tofu" in path.suffixes else ".tf"]
            raise unreadable(path, "it is Terraform source code, and not its plan", how)
        if not path.is_dir():
            yield path, path.name
            continue
        below = (
            each for each in path.rglob("*") if each.suffix.lower() in _SUFFIXES and each.is_file()
        )
        # A template comes before those it links to, which mostly lie deeper.
        found = sorted(below, key=lambda each: (len(each.parts), each))
        if not found:
            cause = f"the folder contains no {', '.join(sorted(_SUFFIXES))} file"
            advice = (text for end, text in _ADVICE.items() if any(path.rglob(f"*{end}")))
            raise unreadable(path, cause, *islice(advice, 1))
        yield from ((each, each.relative_to(path).as_posix()) for each in found)


def refuse_overlooked(paths: tuple[Path, ...]) -> None:
    """Raise if a folder in whose files nothing was understood holds a snapshot.

    Raises:
        AmlauditError: It does; a snapshot counts only if it is named itself.
    """
    for folder in filter(Path.is_dir, paths):
        for each in sorted(filter(Path.is_file, folder.iterdir())):
            if is_snapshot(each) and each != partial_of(each.with_suffix("")):
                cause = f"of what is in the folder, only {each.name} can be evaluated"
                raise unreadable(folder, cause, f"pass the snapshot itself: --from {each}")


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
    """Return when a file was last changed, UTC: the same for every run on it."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
