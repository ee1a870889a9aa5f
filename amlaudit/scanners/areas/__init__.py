"""The scanners: one module for each area of an estate, next to its graph query."""

from importlib import import_module
from pkgutil import iter_modules

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.suggestions import did_you_mean
from amlaudit.scanners.scanner import Scanner


def all_scanners() -> tuple[Scanner, ...]:
    """Return the scanner of every module in this package, by name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    return tuple(sorted((module.SCANNER for module in modules), key=lambda each: each.name))


def scanners_named(names: tuple[str, ...]) -> tuple[Scanner, ...]:
    """Return the scanners with the given names, all if none is given.

    Raises:
        AmlauditError: There is no such scanner; the message suggests the nearest name.
    """
    by_name = {each.name: each for each in all_scanners()}
    for name in names:
        if name not in by_name:
            raise AmlauditError(
                "E203",
                f'Unknown scanner "{name}".{did_you_mean(name, by_name)}',
                advice=f"choose from {', '.join(by_name)}",
                exit_code=Exit.INVALID,
            )
    return tuple(each for name, each in by_name.items() if not names or name in names)
