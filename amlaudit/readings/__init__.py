"""Shared readers for Python rules, one module per topic."""
