"""The location of the data shipped with amlaudit: in the wheel, or in the current checkout."""

from functools import cache
from pathlib import Path
from typing import Final

DEFAULT_PROFILE: Final = "enterprise"
"""The profile used if none is named."""

PROFILES: Final = Path(__file__).parent / "rulebook" / "data" / "profiles"
"""The folder of the shipped profiles."""

_PACKAGE = Path(__file__).parent
_CHECKOUT = {"rules": "rules", "templates": "reports/templates", "action": "."}


@cache
def shipped(name: str) -> Path:
    """Return the folder of shipped data: `rules`, `templates`, or `action`, what runs amlaudit.

    A wheel has them inside the package; an editable install reads the checkout, so that a rule can
    be edited without building anything.
    """
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / _CHECKOUT[name]


def shipped_profiles() -> tuple[str, ...]:
    """Return the names of the shipped profiles."""
    return tuple(sorted(path.stem for path in PROFILES.glob("*.yaml")))
