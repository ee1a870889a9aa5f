"""The report for people: one HTML page that needs no network, and is of use without script."""

from amlaudit.reporters.html.page import render

__all__ = ["render"]
