"""Fixes use commands and options that the Azure CLI and its extensions have.

`az_commands.yaml` lists those that were looked up in the CLI's help or source, version 2.91 with
the extension ml 2.44; a fix with another one needs a look there first.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from amlaudit.core.rule import Rule
from amlaudit.rulebook.shipped_pack import load_shipped

KNOWN: Final[dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("az_commands.yaml").read_text("utf-8")
)
BREAK: Final = re.compile(r"\n|&&|;(?= az )")
RULES: Final = load_shipped()[1]


def az_commands(written: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the Azure CLI commands of a fix, each with its options."""
    for each in BREAK.split(written):
        words = shlex.split(re.sub(r"<[^<>]*>", "blank", each), comments=True)
        if words[:1] == ["az"]:
            options = [word for word in words if word.startswith("--")]
            end = words.index(options[0]) if options else len(words)
            yield " ".join(words[1:end]), options


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_fix_uses_known_commands_and_options(rule: Rule) -> None:
    for command, options in az_commands(rule.fix.command):
        assert command in KNOWN
        assert set(options) <= set(KNOWN[command])


def test_no_command_is_listed_that_no_fix_uses() -> None:
    used = {name for rule in RULES for name, _ in az_commands(rule.fix.command)}
    assert used == set(KNOWN)
