"""Writes the table of mapped Terraform resources into its page, from the mapping.

Usage: build_terraform_page.py docs/terraform.md
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from amlaudit.core.path import spell_path
from amlaudit.scanners.deployments.terraform.mapping import (
    ResourceMap,
    resource_map,
    resource_names,
)

_BEGIN, _END = "<!-- resources -->\n", "<!-- end of resources -->"
_PROPERTIES = "properties."


def main(page: Path) -> None:
    """Regenerate the table in the page."""
    page.write_text(page_of(page.read_text("utf-8")), encoding="utf-8")


def page_of(page: str) -> str:
    """Return the page with its table regenerated."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{table()}\n{_END}{after}"


def table() -> str:
    """Return the table of all mapped resources."""
    head = ["| Resource | Becomes | A plan never tells |", "|---|---|---|"]
    return "\n".join([*head, *_rows()])


def _rows() -> Iterator[str]:
    """Yield a row for each resource."""
    for name in resource_names():
        if found := resource_map(name):
            yield f"| `{name}` | {_becomes(found)} | {_undetermined(found)} |"


def _becomes(found: ResourceMap) -> str:
    """Describe what a resource is mapped to."""
    return f"part of {found.arm_type}" if found.into else found.arm_type


def _undetermined(found: ResourceMap) -> str:
    """Return what a plan never says about a resource."""
    if found.unread:
        return "anything but name, location and tags"
    paths = (spell_path(path).removeprefix(_PROPERTIES) for path in found.unknown)
    return ", ".join(f"`{path}`" for path in paths) or "-"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
