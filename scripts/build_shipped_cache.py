"""Puts into the wheel what is read of its rules; see `amlaudit.shipped_cache`."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KeepRules(BuildHookInterface):
    """Has the rules read before the wheel is made; an editable install keeps them when it runs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Read the rules, and list what was cached for them."""
        self._folder = TemporaryDirectory()
        if version == "editable":
            return
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([self.root, *sys.path]),
            "PYTHONPYCACHEPREFIX": self._folder.name,
            "PYTHONHASHSEED": "0",  # two builds are the same, byte for byte
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run([sys.executable, "-m", "amlaudit.warm_cache"], env=environment, check=True)
        for path in Path(self._folder.name).rglob("*.pickle"):
            place = f"amlaudit/_data/rules/__pycache__/{path.name}"
            build_data["force_include"][str(path)] = place

    def finalize(self, _version: str, _build_data: dict[str, Any], _artifact_path: str) -> None:
        """Take away what the wheel now holds."""
        self._folder.cleanup()
