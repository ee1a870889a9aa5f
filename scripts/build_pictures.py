"""Makes the pictures of `docs/report-html.md`: the report on the demo as a browser shows it."""

import shutil
import subprocess
import sys
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
"""By name of the picture: what is looked at, in a window of which size, and whether it is dark."""


def build() -> None:
    """Write every picture.

    Raises:
        SystemExit: No Chromium is installed.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        sys.exit("the pictures need Chromium")
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        _run(sys.executable, "-m", "amlaudit", "demo", "--out", folder)
        page = (Path(folder) / "report.html").as_uri()
        for name, (fragment, size, dark) in _SHOWN.items():
            flags = ["--blink-settings=preferredColorScheme=0"] if dark else []
            _run(
                *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *(f"--user-data-dir={folder}/profile", f"--window-size={size}", *flags),
                *("--virtual-time-budget=5000", f"--screenshot={PICTURES / f'{name}.png'}"),
                f"{page}#{fragment.replace(' ', '%20')}",
            )


def _run(*command: str) -> None:
    """Run a program; its output is nobody's business unless it fails."""
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - programs named here


if __name__ == "__main__":
    build()
