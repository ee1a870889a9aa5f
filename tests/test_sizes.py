"""Files that are larger than anything amlaudit reads are not read, and said to be too large."""

from collections.abc import Callable
from pathlib import Path

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.scope import Scope
from amlaudit.records.baselines import read_past
from amlaudit.records.reports import read_report
from amlaudit.rulebook.azure_policy import read_policies
from amlaudit.rulebook.config_reader import read_settings
from amlaudit.rulebook.locks import read_lock
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.waiver_reader import read_waivers
from amlaudit.scanners.files.source import Files
from amlaudit.sizes import LARGEST_JSON, LARGEST_SOURCE, bytes_of


def sparse(path: Path, size: int) -> Path:
    """Return a file of a size that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


READERS: dict[str, tuple[str, int, Callable[[Path], object]]] = {
    "an export": ("export.json", LARGEST_JSON, lambda path: Files((path,)).collect(Scope())),
    "a report": ("report.json", LARGEST_JSON, read_report),
    "a baseline": ("baseline.json", LARGEST_JSON, read_past),
    "a policy": ("policy.json", LARGEST_JSON, lambda path: list(read_policies(path))),
    "a rule": (
        "network/aml9001_x.yaml",
        LARGEST_SOURCE,
        lambda path: load_pack(path.parents[1], "mine"),
    ),
    "a profile": ("profile.yaml", LARGEST_SOURCE, lambda path: read_profile(str(path))),
    "waivers": ("waivers.yaml", LARGEST_SOURCE, read_waivers),
    "settings": ("amlaudit.yaml", LARGEST_SOURCE, lambda path: read_settings(path, None)),
    "settings in TOML": ("pyproject.toml", LARGEST_SOURCE, lambda path: read_settings(path, None)),
    "a lock": ("amlaudit.lock", LARGEST_SOURCE, read_lock),
}


@pytest.mark.parametrize("what", READERS)
def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path, what: str) -> None:
    name, most, read = READERS[what]
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    with pytest.raises(AmlauditError) as caught:
        read(sparse(path, most + 1))
    error = caught.value
    assert (error.code, error.exit_code) == ("E311", Exit.INPUT_OUTPUT)
    told = "1 GiB" if most == LARGEST_JSON else "4 MiB"
    assert error.message.endswith(f"{path.name} is larger than {told}")
    assert error.cause
    assert error.advice


def test_a_file_of_just_the_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert bytes_of(path, 100) == b"x" * 100


def test_a_device_without_end_is_read_no_further() -> None:
    endless = Path("/dev/zero")
    if not endless.exists():
        pytest.skip("this system has no such device")
    with pytest.raises(AmlauditError, match="E311 /dev/zero is larger than 10 bytes"):
        bytes_of(endless, 10)
