"""Where the data that come with amlaudit lie: in the wheel, or in the checkout it runs from."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = {"rules": "rules", "templates": "reports/templates"}


def shipped(name: str) -> Path:
    """Return the folder of shipped data: `rules` or `templates`.

    A wheel holds them inside the package; an editable install reads the checkout, so that a rule
    can be edited without building anything.
    """
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / _CHECKOUT[name]
