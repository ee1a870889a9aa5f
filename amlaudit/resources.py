"""Where the data that come with amlaudit lie: in the wheel, or in the checkout it runs from."""

from functools import cache
from pathlib import Path
from typing import Final

DEFAULT_PROFILE: Final = "enterprise"
"""The profile of a run for which none is named."""

PROFILES: Final = Path(__file__).parent / "rulebook" / "data" / "profiles"
"""The folder of the profiles that come with amlaudit."""

_PACKAGE = Path(__file__).parent
_CHECKOUT = {"rules": "rules", "templates": "reports/templates", "action": "."}


@cache
def shipped(name: str) -> Path:
    """Return the folder of shipped data: `rules`, `templates`, or `action`, what runs amlaudit.

    A wheel holds them inside the package; an editable install reads the checkout, so that a rule
    can be edited without building anything.
    """
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / _CHECKOUT[name]


def shipped_profiles() -> tuple[str, ...]:
    """Return the names of the profiles that come with amlaudit."""
    return tuple(sorted(path.stem for path in PROFILES.glob("*.yaml")))
