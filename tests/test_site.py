"""The site of the documents: its pages are all there, and its tutorials work as written."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit

ROOT = Path(__file__).parents[1]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs" / "tutorials").glob("*.md"),
]
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OFFLINE = ["quick-start.md", "tutorials/go-live.md"]
"""Pages whose commands are run here, one after the other, as far as they need no Azure."""

LEFT_OUT = (
    "--subscription",  # needs Azure
    "--role FinOps\n",  # asks a person
)


def blocks(text: str) -> Iterator[str]:
    for block in FENCE.findall(text):
        yield from block.replace("\\\n", " ").splitlines()


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
