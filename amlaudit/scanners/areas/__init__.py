"""The scanners: one module for each area of an estate, its graph query beside it."""

from importlib import import_module
from pkgutil import iter_modules

from amlaudit.scanners.scanner import Scanner


def all_scanners() -> tuple[Scanner, ...]:
    """Return the scanner of every module in this package, by name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    return tuple(sorted((module.SCANNER for module in modules), key=lambda each: each.name))
