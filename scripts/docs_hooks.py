"""Adapts pages for the documentation site: links that leave docs/ point to the repository.

Older HTML parsers, through which MkDocs passes each page, take `<![` in a pattern on a page for the
start of a section, and abort the build; a zero-width character keeps it text.

https://www.mkdocs.org/user-guide/configuration/#hooks
"""

import re
from pathlib import PurePosixPath
from typing import Any

_LINK = re.compile(r"\]\((\.\./[^)\s#]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_files: Any) -> str:  # noqa: ANN401 - MkDocs's signature
    """Return the text of a page, whose links work as written in the repository."""

    def rewritten(found: re.Match[str]) -> str:
        parts: list[str] = ["docs"]
        for part in (PurePosixPath(page.file.src_uri).parent / found[1]).parts:
            if part == "..":
                parts.pop()
            else:
                parts.append(part)
        if parts[:1] == ["docs"]:
            return found[0]
        return f"]({config.repo_url}/blob/main/{'/'.join(parts)}{found[2] or ''})"

    return _LINK.sub(rewritten, markdown).replace("<![", "<!\N{WORD JOINER}[")
