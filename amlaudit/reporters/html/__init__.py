"""The HTML report: one page that needs no network, and is useful without script."""

from amlaudit.reporters.html.page import render

__all__ = ["render"]
