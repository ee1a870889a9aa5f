"""Guardrails: Azure Policy that keeps from happening what rules find."""
