"""What the documentation shows of the demo is what the commands print."""

import json
import re
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit

DOCS = Path(__file__).parents[1] / "docs"


def blocks_of(page: str) -> list[str]:
    return re.findall(
        r"^```text\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert run(["demo", "--out", str(folder)]) == Exit.PASS
    return folder


@pytest.fixture
def here(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in the folder that the demo wrote."""
    monkeypatch.chdir(demo)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("page", "number", "command"),
    [
        ("guardrails.md", 0, "guardrails --report report.json --effect deny --out g.bicep"),
        ("fix-plan.md", 0, "fix-plan estate.db --severity info --out plan.md"),
        ("log-analytics.md", 0, "publish log-analytics report.json --dry-run"),
        (
            "policy-correlation.md",
            0,
            "explain 8b8fbd3f81739f60a0f862ba843b93e0 --report report.json",
        ),
        (
            "policy-correlation.md",
            1,
            "explain b1b0197416b5dadb82fb29f897ad4c25 --report report.json",
        ),
        (
            "policy-correlation.md",
            2,
            "explain c26ac06fc9e017bc46b01c3c15607d8c --report report.json",
        ),
        ("attack-paths.md", 0, "report report.json --report markdown"),
    ],
)
def test_a_page_shows_what_a_command_prints(
    page: str, number: int, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An ellipsis matches anything; log rows are compared below."""
    assert run(command.split()) == Exit.PASS
    told = capsys.readouterr()
    printed = (told.out + told.err).replace("\\", "")
    for line in blocks_of(page)[number].splitlines():
        if not line.startswith("{"):
            wanted = re.escape(line.strip()).replace("…", ".*")
            assert re.search(rf"^ *{wanted}$", printed, re.MULTILINE), line


@pytest.mark.usefixtures("here")
def test_the_rows_of_a_log_are_those_that_would_be_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Most columns are left out, numbers rounded, and ids shortened with an ellipsis."""
    run(["publish", "log-analytics", "report.json", "--dry-run"])
    sent = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[0] == "{"]
    shown = [
        json.loads(line) for line in blocks_of("log-analytics.md")[0].splitlines() if line[0] == "{"
    ]
    assert shown
    for row in shown:
        assert any(all(is_shown(each[key], value) for key, value in row.items()) for each in sent)


def is_shown(sent: object, shown: object) -> bool:
    if isinstance(sent, float):
        return round(sent, 3) == shown
    if isinstance(shown, str) and shown.endswith("…"):
        return str(sent).startswith(shown[:-1])
    return sent == shown
