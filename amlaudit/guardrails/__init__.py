"""Guardrails: Azure Policy definitions that prevent what rules find."""
