"""Makes the pictures in the documentation: the reports on the demo as a browser shows them."""

import shutil
import subprocess
import sys
from functools import partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

PICTURES: Final = Path(__file__).parents[1] / "docs" / "pictures"
_FINDING: Final = (
    "AML1201 /subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg-ml-credit-prod"
    "/providers/microsoft.machinelearningservices/workspaces/mlw-credit-prod"
)
_SHOWN: Final = {
    "summary": ("summary", "1280,1180", False),
    "findings": (f"findings?status=fail&q=credit&open={_FINDING}", "1440,900", False),
    "topology": ("topology-4", "1280,900", False),
    "resources": ("resources", "1280,900", True),
}
"""By picture name: the page, the window size, and whether in dark mode."""
_TEXTS: Final = {
    "markdown": ("md", ""), "sarif": ("sarif", '"results": ['), "json": ("json", '"findings": ['),
    "junit": ("xml", ""), "csv": ("csv", ""), "ocsf": ("jsonl", ""), "oscal": ("oscal.json", ""),
}  # fmt: skip
"""By format: the file extension, and the text at which the picture starts."""
_LINES: Final = 14
_PAPER: Final = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 20px 24px; background: #f4f6f8; color: #1b1f24 }}
pre {{ margin: 0; padding: 16px; overflow: hidden; border-radius: 8px; background: #fff;
  font: 13px/1.5 ui-monospace, monospace; white-space: pre }}
</style><pre>{}</pre>"""


def build() -> None:
    """Write every picture.

    Raises:
        SystemExit: Chromium is not installed.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        sys.exit("the pictures need Chromium")
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        _run(sys.executable, "-m", "amlaudit", "demo", "--out", folder)
        page = (Path(folder) / "report.html").as_uri()
        look = partial(_look, program, Path(folder))
        for name, (fragment, size, dark) in _SHOWN.items():
            flags = ["--blink-settings=preferredColorScheme=0"] if dark else []
            look(name, f"{page}#{fragment.replace(' ', '%20')}", size, *flags)
        for name in _TEXTS:
            look(f"format-{name}", _beginning(Path(folder), name).as_uri(), "1080,352")


def _look(program: str, folder: Path, name: str, address: str, size: str, *flags: str) -> None:
    """Write the picture of a page."""
    _run(
        *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        *(f"--user-data-dir={folder}/profile", f"--window-size={size}", *flags),
        *("--virtual-time-budget=5000", f"--screenshot={PICTURES / f'{name}.png'}"),
        address,
    )


def _beginning(folder: Path, name: str) -> Path:
    """Return a page that shows some lines of a report."""
    extension, start = _TEXTS[name]
    path = folder / f"shown.{extension}"
    report = folder / "report.json"
    _run(sys.executable, "-m", "amlaudit", "report", str(report), f"--report={name}={path}")
    text = path.read_text("utf-8")
    lines = text[text.index(start) :].splitlines()
    page = folder / f"{name}.html"
    page.write_text(_PAPER.format(escape("\n".join(lines[:_LINES]))), "utf-8")
    return page


def _run(*command: str) -> None:
    """Run a program; its output is only shown if it fails."""
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - programs named here


if __name__ == "__main__":
    build()
