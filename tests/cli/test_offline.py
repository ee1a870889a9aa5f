"""The whole product, from a snapshot to guardrails, without network and credentials."""

import os
import socket
from pathlib import Path
from typing import NoReturn

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.core.scope import Scope
from amlaudit.demo.source import Demo
from amlaudit.reporters import extension_of, formats

WORKSPACE = ("-w", "mlw-fraud-prod")
DAY = ("--timestamp", "2026-11-24")


@pytest.fixture
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide no credentials, an empty folder, and sockets that cannot be opened."""

    def refused(*_: object, **__: object) -> NoReturn:
        raise AssertionError

    for name in [each for each in os.environ if each.startswith(("AZURE_", "AMLAUDIT_"))]:
        monkeypatch.delenv(name)
    for name in ("connect", "connect_ex", "sendto", "bind"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)
    Demo(tmp_path / "estate.db").collect(Scope()).close()


@pytest.mark.usefixtures("_alone")
def test_everything_works_offline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports = [f"--report={name}=out/r.{extension_of(name)}" for name in formats()]
    waived = ("--rule", "AML1201", "--scope", "*/workspaces/mlw-churn", "--days", "30", *DAY)
    people = ("--owner", "ml@contoso.com", "--reason", "until the cut-over")
    commands = [
        ("scan", "--from", "estate.db", *DAY, *reports, "--report", "bundle=audit.zip"),
        ("scan", "--from", "estate.db", *WORKSPACE, *DAY, "--report", "json=one.json"),
        ("report", "out/r.json", "--report", "html=again.html"),
        ("verify", "audit.zip"),
        ("explain", "AML1201"),
        ("rules", "list"),
        ("waive", "add", *waived, *people),
        ("waive", "check", "--from", "out/r.json", *DAY),
        ("baseline", "create", "out/r.json"),
        ("scan", "--from", "estate.db", *DAY, "--baseline", "baseline.json", "--new-only"),
        ("diff", "out/r.json", "out/r.json"),
        ("history", "add", "out/r.json", "--db", "h.sqlite"),
        ("checklist", "new", *WORKSPACE),
        ("checklist", "status", *WORKSPACE, "--from", "one.json"),
        ("checklist", "render", *WORKSPACE, "--from", "one.json", "--out", "list.html"),
        ("fix-plan", "estate.db", "--out", "plan.md", *DAY),
        ("guardrails", "--report", "out/r.json", "--out", "guardrails.bicep"),
    ]
    for command in commands:
        code = run(list(command))
        told = capsys.readouterr()
        assert code in (Exit.PASS, Exit.FAIL, Exit.INCOMPLETE), (command, told.err)
        if command[0] == "diff":
            assert told.out.startswith("0 new · 0 fixed · 0 changed · 0 vanished")
    assert len(list((tmp_path / "out").iterdir())) >= len(formats())
