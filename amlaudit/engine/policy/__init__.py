"""Evaluates Azure Policy definitions offline, with the semantics of the service."""

from typing import Final

POLICY_AREA: Final = "azure-policy"
"""The area of rules that are policies."""
