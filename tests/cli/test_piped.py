"""Evidence that comes through a pipe: standard input, a named pipe, a process substitution."""

import json
import os
import subprocess
import sys
import threading
from io import BytesIO, TextIOWrapper
from pathlib import Path
from tempfile import gettempdir

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.scanners.files.input import PIPED
from tests.cli.test_scan import ARM, Capture

TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "resources": [
        {
            "type": "Microsoft.MachineLearningServices/workspaces",
            "apiVersion": "2024-04-01",
            "name": "ws",
            "properties": {"publicNetworkAccess": "Enabled"},
        }
    ],
}


def amlaudit(arguments: list[str], stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "amlaudit", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)  # noqa: S603 - ours


def stdin_of(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content)))


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_deployment_is_read_from_standard_input(name: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ended = amlaudit(
        ["scan", "--from", name, "--report", f"json={report}"], json.dumps(TEMPLATE).encode()
    )
    assert ended.returncode == Exit.FAIL, ended.stderr
    found = json.loads(report.read_bytes())
    assert found["header"]["collection"]["sources"] == ["stdin"]
    places = {each["place"]["path"] for each in found["resources"] if "place" in each}
    assert places == {"stdin"}
    assert PIPED not in report.read_text("utf-8")


def test_a_snapshot_is_read_from_standard_input(tmp_path: Path) -> None:
    exported, snapshot = tmp_path / "ws.json", tmp_path / "estate.db"
    exported.write_text(json.dumps(ARM), "utf-8")
    assert run(["scan", "--from", str(exported), "--save-snapshot", str(snapshot)]) == Exit.FAIL
    reports = [tmp_path / "piped.json", tmp_path / "named.json"]
    common = ["--timestamp", "2026-11-27", "--report"]
    amlaudit(["scan", "--from", "-", *common, f"json={reports[0]}"], snapshot.read_bytes())
    amlaudit(["scan", "--from", str(snapshot), *common, f"json={reports[1]}"], b"")
    assert reports[0].read_bytes() == reports[1].read_bytes()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_read_once(tmp_path: Path, capsys: Capture) -> None:
    pipe = tmp_path / "plan.json"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(json.dumps(ARM), "utf-8"))
    writer.start()
    assert run(["scan", "--from", str(pipe)]) == Exit.FAIL
    writer.join()
    assert "AML1201" in capsys.readouterr().out


def test_problems_with_standard_input_name_it(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    stdin_of(b"{", monkeypatch)
    assert run(["scan", "--from", "-"]) == Exit.INPUT_OUTPUT
    assert "✖ E302 Cannot read stdin\n" in capsys.readouterr().err


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    stdin_of(b"", monkeypatch)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert run(["scan", "--from", "-"]) == Exit.USAGE
    assert "is a terminal" in capsys.readouterr().err


def test_no_more_is_read_than_is_allowed(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("amlaudit.cli.piped.LARGEST_JSON", 8)
    stdin_of(b"[1, 2, 3, 4]", monkeypatch)
    assert run(["scan", "--from", "-"]) == Exit.INPUT_OUTPUT
    assert "✖ E311 stdin is larger than 8 bytes" in capsys.readouterr().err


def test_no_copy_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin_of(json.dumps(ARM).encode(), monkeypatch)
    assert run(["scan", "--from", "-", "--quiet"]) == Exit.FAIL
    assert not list(Path(gettempdir()).glob(f"{PIPED}*"))
