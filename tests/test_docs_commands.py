"""Every command that the documents name is there, and the tutorials work as they are written."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from amlaudit.cli import cli, run
from amlaudit.core.errors import Exit

ROOT = Path(__file__).parents[1]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs" / "tutorials").glob("*.md"),
]
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`(amlaudit [^`\n]+)`(?!`)")
OFFLINE = ["quick-start.md", "tutorials/go-live.md"]
"""Pages whose commands are run here, one after the other, as far as they need no Azure."""

LEFT_OUT = (
    "--subscription",  # needs Azure
    "--role FinOps\n",  # asks a person
)


def blocks(text: str) -> Iterator[str]:
    for block in FENCE.findall(text):
        yield from block.replace("\\\n", " ").splitlines()


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of every call of amlaudit, without the program."""
    for line in [*blocks(text), *INLINE.findall(text)]:
        words = shlex.split(line, comments=True)
        if words[:1] == ["amlaudit"]:
            ends = [words.index(each) for each in ("|", ">", "&&", ";") if each in words]
            yield words[1 : min(ends, default=len(words))]


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that words call, and the words after it."""
    found: click.Command = cli
    rest = list(words)
    context = click.Context(cli)
    while isinstance(found, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        known = found.get_command(context, name)
        if known is None and ("," in name or name.isupper() or name == "…"):
            break  # prose: "amlaudit rules list, show, new"
        assert known is not None, f"there is no command {name} in {words}"
        found = known
    return found, rest


@pytest.mark.parametrize("page", PAGES, ids=lambda each: each.name)
def test_every_command_and_option_of_the_documents_is_there(page: Path) -> None:
    for words in commands(page.read_text("utf-8")):
        command, rest = command_of(words)
        known = {opt for each in command.params for opt in (*each.opts, *each.secondary_opts)}
        known |= {"-h", "--help", "--version"}
        for word in rest:
            if re.match(r"--?[a-z]", word):
                assert word.partition("=")[0] in known, f"{word} in {words}"


@pytest.mark.parametrize("name", OFFLINE)
def test_the_commands_of_tutorials_work(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795651200")  # a day after the demo's estate was read
    ran = 0
    for line in blocks((ROOT / "docs" / name).read_text("utf-8")):
        words = shlex.split(line)
        if words[0] == "amlaudit" and not any(each in f"{line}\n" for each in LEFT_OUT):
            assert run(words[1:]) in (Exit.PASS, Exit.FAIL, Exit.INCOMPLETE), line
            ran += 1
    assert ran > 2


def test_every_page_is_on_the_site() -> None:
    """Add it to the nav of mkdocs.yml: `make docs` ends at a page that is not there."""
    docs = ROOT / "docs"
    pages = {path.relative_to(docs).as_posix() for path in PAGES if docs in path.parents}
    text = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    assert set(re.findall(r"(\S+\.md)$", text, re.MULTILINE)) == pages | {"rules/README.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda each: each.name)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text):
        if not target.startswith(("https:", "mailto:")):
            assert (page.parent / target).exists(), target
