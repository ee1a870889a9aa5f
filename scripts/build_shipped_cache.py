"""Puts the cache of the shipped rules into the wheel; see `amlaudit.shipped_cache`."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KeepRules(BuildHookInterface):
    """Fills the cache before the wheel is built; an editable install does so on its first run."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Read the rules, and add the cache files to the wheel."""
        self._folder = TemporaryDirectory()
        if version == "editable":
            return
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([self.root, *sys.path]),
            "PYTHONPYCACHEPREFIX": self._folder.name,
            "PYTHONHASHSEED": "0",  # makes builds reproducible, byte for byte
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run([sys.executable, "-m", "amlaudit.warm_cache"], env=environment, check=True)
        for path in Path(self._folder.name).rglob("*.pickle"):
            place = f"amlaudit/_data/rules/__pycache__/{path.name}"
            build_data["force_include"][str(path)] = place

    def finalize(self, _version: str, _build_data: dict[str, Any], _artifact_path: str) -> None:
        """Remove the cache files, which the wheel now contains."""
        self._folder.cleanup()
