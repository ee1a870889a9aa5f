"""Where a user's own files are, on each system."""

import os
from pathlib import Path, PurePath

import pytest

from amlaudit.cli.folders import cache_folder, config_folder, state_folder

FOLDERS = (config_folder, state_folder, cache_folder)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Simulate a user without any settings."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    path = Path("/home/ada")
    monkeypatch.setattr(Path, "home", lambda: path)
    return path


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("linux", (".config/amlaudit", ".local/state/amlaudit", ".cache/amlaudit")),
        (
            "darwin",
            (
                "Library/Application Support/amlaudit",
                "Library/Application Support/amlaudit",
                "Library/Caches/amlaudit",
            ),
        ),
        (
            "win32",
            (
                "AppData/Local/amlaudit",
                "AppData/Local/amlaudit",
                "AppData/Local/amlaudit/Cache",
            ),
        ),
    ],
)
def test_each_system_has_its_own_places(
    system: str, expected: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", system)
    assert tuple(folder() for folder in FOLDERS) == tuple(home / each for each in expected)


def test_variables_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/ada")
    assert config_folder() == PurePath("/etc/ada/amlaudit")
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/d/ada")
    assert cache_folder() == PurePath("/d/ada/amlaudit/Cache")


@pytest.mark.parametrize("named", ["", "here", "~/.cache"])
def test_a_relative_one_is_ignored(named: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    assert cache_folder() == home / ".cache/amlaudit"


def test_a_checkout_is_never_used_as_a_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~/.config/amlaudit").mkdir(parents=True)
    (tmp_path / "~/.config/amlaudit/config.yaml").write_text("fail_on: never\n", "utf-8")
    for folder in FOLDERS:
        assert folder().is_relative_to(os.devnull)
        assert not (folder() / "config.yaml").is_file()
