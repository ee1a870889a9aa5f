"""Project files that no program wrote well: an error with the file's name, and nothing worse."""

from pathlib import Path

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.rulebook.config_reader import read_settings

HEAD = "[tool.amlaudit]\nversion = 1\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}concurrency = {'9' * 5_000}\n",
        f"{HEAD}reports = {'[' * 5_000}{']' * 5_000}\n",
        f"{HEAD}reports = nothing\n",
        "tool = '''\n[tool.amlaudit]\n'''\n",
    ],
    ids=["a number without end", "nesting without end", "no TOML", "a table that is text"],
)
def test_a_toml_file_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(AmlauditError, match="E201") as caught:
        read_settings(path, None)
    assert "pyproject.toml" in caught.value.message
    assert caught.value.exit_code is Exit.INVALID
