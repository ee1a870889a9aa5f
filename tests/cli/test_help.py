"""The help of every command: in 80 columns, with two examples first, and as documented."""

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from scripts.command_page import PAGE, WIDTH, helps, page

HELPS = list(helps())


def test_the_page_of_commands_is_in_step() -> None:
    """Regenerate it with `python -m scripts.command_page`."""
    assert page() == PAGE.read_text("utf-8")


@pytest.mark.parametrize(
    ("path", "text"), HELPS, ids=[" ".join(path) or "amlaudit" for path, _ in HELPS]
)
def test_help_fits_a_terminal_and_begins_with_two_examples(
    path: tuple[str, ...], text: str
) -> None:
    assert max(map(len, text.splitlines())) <= WIDTH
    before, _, after = text.partition("  Examples:\n")
    assert "Options:" not in before
    examples = re.findall(r"^    (amlaudit\b.*)$", after.partition("\n\n")[0], re.MULTILINE)
    assert len(examples) >= 2
    for example in examples[:2]:
        assert example.startswith(" ".join(("amlaudit", *path)).strip())


def test_the_short_flag_helps_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "-h"]) == Exit.PASS
    assert capsys.readouterr().out.startswith("Usage: amlaudit scan")


def test_versions_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["version"]) == Exit.PASS
    assert re.search(r"^rules +\d{3}$", capsys.readouterr().out, re.MULTILINE)
    assert run(["version", "-o", "json"]) == Exit.PASS
    assert '"rules_sha256": "' in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == Exit.PASS
    assert "_AMLAUDIT_COMPLETE" in capsys.readouterr().out


@pytest.mark.skipif(not which("fish"), reason="fish is not installed")
def test_fish_shows_all_that_a_word_is_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["completion", "fish"])
    (tmp_path / "amlaudit.fish").write_text(capsys.readouterr().out, "utf-8")
    (tmp_path / "amlaudit").write_text("#!/bin/sh\nprintf 'plain,show\\tWhat, why and how\\n'\n")
    (tmp_path / "amlaudit").chmod(0o755)
    done = subprocess.run(
        ["fish", "-c", "source amlaudit.fish; complete -C 'amlaudit rules s'"],  # noqa: S607 - the one that is there
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "show\tWhat, why and how\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("amlaudit scan --sub", "plain,--subscription\n"),
        ("amlaudit explain aml1201", "plain,AML1201\n"),
        ("amlaudit rules show AML1201", "plain,AML1201\n"),
        ("amlaudit waive add --rule AML1202", "plain,AML1202\n"),
    ],
)
def test_shell_completion_offers_what_may_follow(line: str, told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "amlaudit"],
        capture_output=True,
        text=True,
        check=False,
        env={
            "_AMLAUDIT_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(line.count(" ")),
        },
    )
    assert done.stdout == told
