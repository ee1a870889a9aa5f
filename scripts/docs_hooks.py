"""What the site makes of the pages: links that lead out of docs/ go to the repository.

Older parsers of HTML, through which MkDocs sends each page, take `<![` in a pattern that a page
shows for the beginning of a section, and end the build; a character without width keeps it text.

https://www.mkdocs.org/user-guide/configuration/#hooks
"""

import re
from pathlib import PurePosixPath
from typing import Any

_LINK = re.compile(r"\]\((\.\./[^)\s#]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_files: Any) -> str:  # noqa: ANN401 - as MkDocs has it
    """Return the text of a page; within the repository its links work as they are written."""

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
