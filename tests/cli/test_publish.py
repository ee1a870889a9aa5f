"""`publish`: what would be sent can be shown without sending it, and nothing is sent elsewhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.publishing import guard
from amlaudit.publishing.table import COLUMNS
from tests.cli.test_comparison import reported
from tests.loopback.certificates import make_certificates, trusting
from tests.loopback.credential import LoopbackCredential
from tests.loopback.ingestion import RULE, LoopbackIngestion

Capture: TypeAlias = pytest.CaptureFixture[str]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LoopbackIngestion]:
    """Receive what is published."""
    certificates = make_certificates(tmp_path)
    with trusting(certificates), LoopbackIngestion(certificates) as served:
        yield served


def test_what_would_be_sent_is_shown_without_sending_it(tmp_path: Path, capsys: Capture) -> None:
    report = str(reported(tmp_path, "2026-06-01"))
    capsys.readouterr()
    assert run(["publish", "log-analytics", report, "--dry-run"]) == Exit.PASS
    told = capsys.readouterr()
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert {each["RecordType"] for each in rows} == {"coverage", "finding"}
    assert {each.get("Status") for each in rows} <= {"fail", "unknown", "manual", None}
    assert all(each.keys() <= COLUMNS.keys() for each in rows)
    assert f"Nothing was sent: {len(rows)} rows in 1 batch, " in told.err
    run(["publish", "log-analytics", report, "--dry-run", "--only", "fail"])
    fails = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each for each in rows if each.get("Status") in ("fail", None)] == fails


def test_a_report_is_published(
    tmp_path: Path,
    log: LoopbackIngestion,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    report = str(reported(tmp_path, "2026-06-01"))
    endpoint = log.target.endpoint
    monkeypatch.setattr(guard, "HOSTS", (endpoint.removeprefix("https://"),))
    monkeypatch.setattr(guard, "_HOST", re.compile(r".+"))
    monkeypatch.setattr(
        "amlaudit.scanners.credentials.credential_named", lambda *_: LoopbackCredential()
    )
    capsys.readouterr()
    where = ["--endpoint", endpoint, "--rule-id", RULE]
    assert run(["publish", "log-analytics", report, *where]) == Exit.PASS
    told = capsys.readouterr().out
    (batch,) = log.batches
    assert told == f"Published {len(batch)} rows to {endpoint}\n"


def test_nothing_is_sent_to_an_address_that_takes_no_logs(tmp_path: Path, capsys: Capture) -> None:
    report = str(reported(tmp_path, "2026-06-01"))
    where = ["--endpoint", "https://elsewhere.invalid", "--rule-id", RULE]
    assert run(["publish", "log-analytics", report, *where]) == Exit.USAGE
    assert 'E112 "https://elsewhere.invalid" is not a data collection' in capsys.readouterr().err
    assert run(["publish", "log-analytics", report]) == Exit.USAGE
    assert "--endpoint URL and --rule-id ID" in capsys.readouterr().err


def test_a_report_of_some_findings_is_not_published(tmp_path: Path, capsys: Capture) -> None:
    report = str(reported(tmp_path, "2026-06-01", "--only", "fail"))
    assert run(["publish", "log-analytics", report, "--dry-run"]) == Exit.USAGE
    assert "contains only findings with status fail" in capsys.readouterr().err


def test_what_a_workspace_needs_is_written(tmp_path: Path, capsys: Capture) -> None:
    assert run(["publish", "setup", "--out-dir", str(tmp_path / "out")]) == Exit.PASS
    names = sorted(each.name for each in (tmp_path / "out").iterdir())
    assert names == [
        "analytic-rule.bicep",
        "coverage.kql",
        "ingestion.bicep",
        "new-critical.kql",
        "trend.kql",
        "workbook.json",
    ]
    assert len(capsys.readouterr().out.splitlines()) == 6
