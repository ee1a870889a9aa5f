"""No test depends on the machine it runs on: on its settings and files, or on its speed."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Added to whichever profile is active: what is slow on a busy machine is just as true.
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


@pytest.fixture(autouse=True, scope="session")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run as a user without settings, and cache nothing that a test may have changed."""
    home: Path = tmp_path_factory.mktemp("nobody")
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("AMLAUDIT_")]:
            patch.delenv(name)
        for name in ("CONFIG", "STATE", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        patch.setattr("amlaudit.shipped_cache._write_entry", lambda *_: None)
        yield


class _Dropped(sqlite3.Connection):
    """A connection that closes when its last user drops it."""

    def __del__(self) -> None:
        """Close it, if it was ever open."""
        with suppress(sqlite3.ProgrammingError):
            self.close()


@pytest.fixture(autouse=True, scope="session")
def dropped_databases_close() -> Iterator[None]:
    """Let tests drop what they opened; from Python 3.13 on, a connection left open is reported.

    What the commands leave open is looked for in processes of their own, without this.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=_Dropped))
        yield
