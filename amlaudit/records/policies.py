"""Reads back Azure Policy's verdicts on findings as written by `amlaudit.reporters.fields`.

Each function takes the JSON object of one noun; see `amlaudit.records.decoding`.
"""

from amlaudit.core.policy_view import (
    Attestation,
    Compliance,
    Exemption,
    Expression,
    PolicyView,
    Remediation,
)
from amlaudit.records.members import Fields, optional, text


def policy_of(fields: Fields) -> PolicyView:
    """Return what an assigned policy says about a resource."""
    return PolicyView(
        text(fields, "definition"),
        text(fields, "assignment"),
        optional(fields, "effect"),
        Compliance(fields["compliance"]),
        optional(fields, "evaluated_at"),
        optional(fields, "scope"),
        tuple(map(_expression, fields.get("expressions", ()))),
        tuple(map(_remediation, fields.get("remediations", ()))),
        tuple(map(_attestation, fields.get("attestations", ()))),
        tuple(map(_exemption, fields.get("exemptions", ()))),
    )


def _expression(fields: Fields) -> Expression:
    """Return one expression that a policy evaluated."""
    return Expression(
        text(fields, "path"),
        text(fields, "operator"),
        text(fields, "found"),
        text(fields, "wanted"),
        bool(fields["held"]),
    )


def _remediation(fields: Fields) -> Remediation:
    """Return a task to remediate a policy's findings."""
    return Remediation(
        text(fields, "name"),
        optional(fields, "state"),
        fields.get("deployments"),
        fields.get("failed"),
    )


def _attestation(fields: Fields) -> Attestation:
    """Return an attestation for a policy."""
    return Attestation(
        text(fields, "name"),
        Compliance(fields["compliance"]),
        optional(fields, "owner"),
        optional(fields, "expires"),
        optional(fields, "comment"),
    )


def _exemption(fields: Fields) -> Exemption:
    """Return an exemption of a resource from a policy."""
    return Exemption(
        text(fields, "name"),
        optional(fields, "category"),
        optional(fields, "expires"),
        optional(fields, "comment"),
    )
