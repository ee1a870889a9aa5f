"""A runner for composite actions, as far as the action of this project needs one.

Shell steps really run; steps that use another action are recorded with their inputs.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from msgspec import Struct, field

_EXPRESSION: Final = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMPARED: Final = re.compile(r"(\S+) (==|!=) '([^']*)'")


class Run(Struct, dict=True):
    """The result of a job.

    Attributes:
        done: Names of the steps that ran, in order.
        used: The inputs of the steps that used another action, by name.
        exit_code: Of the first step that failed; 0: none did.
        outputs: The outputs of the action.
        summary: The summary of the job.
        log: The output of the shell steps.
    """

    done: list[str] = field(default_factory=list)
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    exit_code: int = 0
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    log: str = ""


class Runner:
    """Runs an action in a folder."""

    def __init__(self, action: Path, folder: Path, inputs: Mapping[str, str]) -> None:
        """Read an action, to be run with inputs."""
        self.action: dict[str, Any] = yaml.safe_load(action.read_text("utf-8"))
        self.folder = folder
        declared = {key: each["default"] for key, each in self.action["inputs"].items()}
        assert set(inputs) <= set(declared)
        self.values = {f"inputs.{key}": value for key, value in {**declared, **inputs}.items()}
        self.values |= {"runner.temp": str(folder / "temp"), "github.action_path": "."}
        self.run = Run()

    def go(self, *, leave_out: str) -> Run:
        """Run every step but one, and return the result."""
        bin_ = self.folder / "bin"
        bin_.mkdir(parents=True)
        (bin_ / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', "utf-8")
        (bin_ / "python").chmod(0o755)
        for step in self.action["runs"]["steps"]:
            if step["name"] != leave_out and self._wanted(step.get("if", "true")):
                self._step(step)
        outputs = self.action["outputs"].items()
        self.run.outputs = {key: self._filled(each["value"]) for key, each in outputs}
        return self.run

    def _wanted(self, condition: str) -> bool:
        """Tell whether a step runs; after a failure only if its condition says so."""
        text = _EXPRESSION.sub(r"\1", condition)
        always = "!cancelled()" in text
        parts = [each for each in text.split(" && ") if each not in ("!cancelled()", "true")]
        return (always or not self.run.exit_code) and all(map(self._holds, parts))

    def _holds(self, part: str) -> bool:
        """Tell whether a comparison is true."""
        found = _COMPARED.fullmatch(part)
        assert found, part
        same = self.values.get(found[1], "") == found[3]
        return same is (found[2] == "==")

    def _filled(self, text: str) -> str:
        """Return a text with its expressions replaced by their values."""
        return _EXPRESSION.sub(lambda found: self.values.get(found[1], ""), text)

    def _step(self, step: Mapping[str, Any]) -> None:
        """Run a step."""
        self.run.done.append(step["name"])
        if "uses" in step:
            inputs = step.get("with", {}).items()
            self.run.used[step["name"]] = {key: self._filled(str(each)) for key, each in inputs}
            return
        output, summary = self.folder / "output", self.folder / "summary"
        output.write_text("", "utf-8")
        env = {key: self._filled(each) for key, each in step["env"].items()}
        env |= {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        env |= {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        bash = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
        done = subprocess.run(  # noqa: S603 - the steps of our own action
            bash,
            env=env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        self.run.log += done.stdout + done.stderr
        self.run.exit_code = self.run.exit_code or done.returncode
        self.run.summary = summary.read_text("utf-8") if summary.exists() else ""
        for line in output.read_text("utf-8").splitlines():
            key, _, value = line.partition("=")
            self.values[f"steps.{step.get('id', '')}.outputs.{key}"] = value
