"""The documentation site: its pages are all there, and lead to each other."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs" / "tutorials").glob("*.md"),
]


def test_every_page_is_on_the_site() -> None:
    """Add it to the nav in mkdocs.yml: `make docs` fails on a missing page."""
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
