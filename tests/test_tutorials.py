"""The tutorials that need no Azure work as written, step by step."""

import re
import shlex
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit

TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"
WRITTEN = {
    "own-rules.md": [
        "my-rules/custom/acme001_owner_tag_set.yaml",
        "my-rules/custom/acme001_owner_tag_set.cases.yaml",
        "amlaudit.yaml",
        "my-policies/no-public.json",
    ],
    "go-live.md": [],
}
"""By tutorial: the files that its blocks of YAML and JSON are put into, in order."""
FOR_PEOPLE = "amlaudit checklist fill -w mlw-fraud-prod --from report.json --role FinOps"
"""Asks its questions on a terminal."""
JUDGED = {"scan", "checklist"}
"""Commands that also end with what they found."""


@pytest.mark.parametrize("name", WRITTEN)
def test_a_tutorial_works_as_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    files = iter(WRITTEN[name])
    text = (TUTORIALS / name).read_text("utf-8")
    for kind, block in re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if kind != "sh":
            path = Path(next(files))
            path.parent.mkdir(exist_ok=True)
            path.write_text(block, "utf-8")
            continue
        for line in block.splitlines():
            if line == FOR_PEOPLE:
                continue
            words = shlex.split(line)[1:]
            allowed = {Exit.PASS, Exit.FAIL, Exit.INCOMPLETE} if words[0] in JUDGED else {Exit.PASS}
            assert run(words) in allowed, (line, capsys.readouterr().err)
    assert next(files, None) is None
