"""`--mask`: shared reports do not name anything in the estate."""

import json
import re
from base64 import b64decode
from gzip import decompress
from pathlib import Path
from typing import Any

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.demo.source import documents
from amlaudit.evidence.report_check import check_report
from amlaudit.records.reports import read_report

Capture = pytest.CaptureFixture[str]
FORMATS = ("json", "html", "sarif", "csv", "markdown", "junit", "ocsf", "oscal", "ndjson")
IDS = ("11111111-1111-4111-8111-111111111111", "99999999-9999-4999-8999-999999999999")
NAMES = ("mlw-fraud-prod", "rg-network", "ML Production", "stfraud", "@contoso.com")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert run(["demo", "--out", str(folder)]) == Exit.PASS
    return folder / "estate.db"


def texts(folder: Path, snapshot: Path, mask: str) -> dict[str, str]:
    """Return the text of every report of a snapshot, with packed data unpacked."""
    reports = [f"--report={name}={folder / name}" for name in FORMATS]
    asked = ["report", str(snapshot), *reports, "--timestamp", "2026-11-24", "--mask", mask]
    assert run(asked) == Exit.PASS
    found = {name: (folder / name).read_text("utf-8") for name in FORMATS}
    packed = re.search(r'id="amlaudit-data"[^>]*>([^<]+)<', found["html"])
    assert packed
    found["html"] += decompress(b64decode(packed[1])).decode()
    return found


def test_there_is_something_to_mask(snapshot: Path, tmp_path: Path) -> None:
    told = json.dumps([each for _, several in documents() for each in several])
    assert all(each in told for each in (*IDS, *NAMES[:4]))
    run(["report", str(snapshot), f"--report=json={tmp_path / 'r.json'}"])
    report = (tmp_path / "r.json").read_text("utf-8")
    assert all(each in report for each in (IDS[0], *NAMES[:3]))


FIELD = r'"masked": ?"all"'
TOLD = "ids and names of the estate have stand-ins"
MARKS = {
    "json": FIELD,
    "ndjson": FIELD,
    "sarif": FIELD,
    "ocsf": FIELD,
    "oscal": r'"name": ?"masked",\s*"ns": ?"[^"]+",\s*"value": ?"all"',
    "csv": "coverage [0-9]+ %, masked",
    "markdown": re.escape(f"**Masked:** {TOLD}."),
    "junit": TOLD,
    "html": f"<strong>This report is masked:</strong> {TOLD}.",
}


def test_every_masked_report_says_so(snapshot: Path, tmp_path: Path, capsys: Capture) -> None:
    found = texts(tmp_path, snapshot, "all")
    assert found.keys() == MARKS.keys()
    for name, mark in MARKS.items():
        assert re.search(mark, found[name]), name
    assert read_report(tmp_path / "json").masked == "all"
    assert f"Masked: {TOLD}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("mask", "gone", "there"),
    [("ids", IDS, NAMES[:1]), ("names", NAMES, IDS[:1]), ("all", (*IDS, *NAMES), ())],
)
def test_no_report_contains_masked_names(  # noqa: PLR0913, PLR0917 - fixtures
    mask: str, gone: tuple[str, ...], there: tuple[str, ...],
    snapshot: Path, tmp_path: Path, capsys: Capture,
) -> None:  # fmt: skip
    for name, text in texts(tmp_path, snapshot, mask).items():
        for each in gone:
            assert each.casefold() not in text.casefold(), (name, each)
        for each in there:
            assert each in text, (name, each)
    assert re.search(r"Masked: \d+ ids and names", capsys.readouterr().err)


def test_a_masked_report_has_the_same_content_and_is_consistent(
    snapshot: Path, tmp_path: Path, capsys: Capture
) -> None:
    plain, masked = tmp_path / "plain.json", tmp_path / "masked.json"
    for path, options in ((plain, []), (masked, ["--mask", "all"])):
        common = ["--timestamp", "2026-11-24", f"--report=json={path}"]
        run(["report", str(snapshot), *common, *options])
    one, other = (json.loads(each.read_bytes()) for each in (plain, masked))
    for key in ("verdict", "score", "summary", "rules"):
        assert one[key] == other[key]

    def verdicts(report: Any) -> list[tuple[str, str]]:
        return [(each["rule_id"], each["status"]) for each in report["findings"]]

    assert verdicts(one) == verdicts(other)
    assert len(read_report(masked).findings) == len(verdicts(one))
    assert not check_report(masked).problems
    ids = {each["resource_id"] for each in one["findings"]}
    assert len({each["resource_id"] for each in other["findings"]}) == len(ids)
    again = tmp_path / "again.json"
    run(["report", str(snapshot), "--timestamp", "2026-11-24", f"--report=json={again}",
         "--mask", "all"])  # fmt: skip
    assert again.read_bytes() == masked.read_bytes()
    capsys.readouterr()


def test_the_table_is_masked_too(snapshot: Path, capsys: Capture) -> None:
    run(["scan", "--from", str(snapshot), "--mask", "all", "--allow-incomplete"])
    told = capsys.readouterr().out
    assert "mlw-" not in told
    assert "workspace-1" in told


def test_a_bundle_cannot_be_masked(snapshot: Path, tmp_path: Path, capsys: Capture) -> None:
    asked = ["report", str(snapshot), f"--report=bundle={tmp_path / 'a.zip'}", "--mask", "ids"]
    assert run(asked) == Exit.USAGE
    assert "which cannot be masked" in capsys.readouterr().err
