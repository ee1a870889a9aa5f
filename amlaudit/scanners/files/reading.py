"""Reads a file that a user names, together with the files that belong to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError
from amlaudit.scanners.deployments.bicep import compiled, is_source, unfolded
from amlaudit.scanners.deployments.kinds import TEMPLATE
from amlaudit.scanners.deployments.terraform.state import is_raw_state, is_readable
from amlaudit.scanners.files.input import Home, Input, read_input, unreadable

_PRINT_PLAN: Final = "convert it to JSON: terraform show -json PLAN > plan.json"
_PRINT_STATE: Final = "convert it to JSON: terraform show -json > state.json"
_PRINT_OPEN: Final = "convert it to JSON: tofu show -json > state.json"
_FOR_PEOPLE: Final = {
    "Resource and property changes are indicated": (
        "it is a what-if result in the Azure CLI's human-readable format",
        "request JSON: az deployment group what-if --no-pretty-print … > what-if.json",
    ),
    "Terraform used the selected providers": (
        "it is a plan in Terraform's human-readable format",
        _PRINT_PLAN,
    ),
    "[command]": (
        "the command that produced it precedes the JSON",
        "disable the wrapper of setup-terraform: terraform_wrapper: false",
    ),
    "WARNING": (
        "warnings of the command that produced it precede the JSON",
        "save only stdout: omit 2>&1",
    ),
}
"""First words of files that hold output meant for a terminal, with advice."""

_GZIP: Final = b"\x1f\x8b"
"""The first bytes of a file compressed by gzip, https://www.rfc-editor.org/rfc/rfc1952#page-6."""

_MAX_SEEN: Final = 4096
"""Bytes of such a file that are inspected."""


def read_whole(path: Path, name: str, named: tuple[Path, ...], home: Home) -> Input:
    """Read a file together with the files that belong to it.

    Args:
        path: The file.
        name: Its name in reports.
        named: What the user named.
        home: Where what it declares is deployed to.

    Raises:
        AmlauditError: It cannot be read.
    """
    try:
        file = compiled(path, name) if is_source(path) else unfolded(read_input(path, name))
        file = replace(_with_parameters(file, named), home=home)
    except (OSError, ValueError, RecursionError) as error:
        if packed := _packed(path):
            raise packed from error
        lines = _first_lines(path)
        for opening, (what, advice) in _FOR_PEOPLE.items():
            if any(line.startswith(opening) for line in lines):
                raise unreadable(path, what, advice) from error
        if isinstance(error, UnicodeDecodeError):
            raise unreadable(path, "it is not text in UTF-8 or UTF-16") from error
        cause = str(error) or type(error).__name__
        raise unreadable(path, f"it cannot be read as JSON: {cause}") from error
    if is_raw_state(file.value) and not is_readable(file.value):
        raise unreadable(path, "it is the state of an old Terraform version", _PRINT_STATE)
    if isinstance(file.value, dict) and "encrypted_data" in file.value:
        raise unreadable(path, "it is a state or plan encrypted by OpenTofu", _PRINT_OPEN)
    if _is_progress(file.value):
        raise unreadable(path, "it is Terraform's progress output", _PRINT_PLAN)
    return file


def _with_parameters(file: Input, named: tuple[Path, ...]) -> Input:
    """Return a template with its parameters files; any other file unchanged."""
    if not TEMPLATE.may_be(file.value):
        return file
    from amlaudit.scanners.deployments.pairing import with_parameters  # noqa: PLC0415 - of templates

    return with_parameters(file, named)


def _packed(path: Path) -> AmlauditError | None:
    """Return the error for an archive, a compressed or an empty file; None: it is none of them.

    Plans saved by Terraform are zip archives, as are evidence bundles.
    """
    from zipfile import is_zipfile  # noqa: PLC0415 - few files are asked

    if not path.is_file():
        return None
    if is_zipfile(path):
        cause = "it is a binary Terraform plan, an evidence bundle or another archive"
        return unreadable(path, cause, f"{_PRINT_PLAN}; for a bundle: amlaudit verify {path.name}")
    with path.open("rb") as file:
        opening = file.read(len(_GZIP))
    if opening == _GZIP:
        cause = "it is not text in UTF-8 or UTF-16, but compressed"
        return unreadable(path, cause, f"decompress it: gunzip {path.name}")
    return None if opening else unreadable(path, "it is empty")


def _first_lines(path: Path) -> Sequence[str]:
    """Return the first lines of a file, none if it is not a file."""
    if not path.is_file():
        return ()
    with path.open("rb") as file:
        return file.read(_MAX_SEEN).decode("utf-8-sig", "ignore").splitlines()


def _is_progress(value: object) -> bool:
    """Tell whether a JSON value is a line of output from `terraform plan -json`."""
    match value:
        case [{"@level": str(), "@module": str()}, *_]:
            return True
        case _:
            return False
