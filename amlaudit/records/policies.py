"""What Azure Policy said of findings, read back from what `amlaudit.reporters.fields` wrote of it.

Each function takes the JSON object of one noun; see `amlaudit.records.nouns`.
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
    """Return what an assigned policy says of a resource."""
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
    """Return one thing that a policy looked at."""
    return Expression(
        text(fields, "path"),
        text(fields, "operator"),
        text(fields, "found"),
        text(fields, "wanted"),
        bool(fields["held"]),
    )


def _remediation(fields: Fields) -> Remediation:
    """Return a task that is to mend what a policy found."""
    return Remediation(
        text(fields, "name"),
        optional(fields, "state"),
        fields.get("deployments"),
        fields.get("failed"),
    )


def _attestation(fields: Fields) -> Attestation:
    """Return what somebody states for a policy."""
    return Attestation(
        text(fields, "name"),
        Compliance(fields["compliance"]),
        optional(fields, "owner"),
        optional(fields, "expires"),
        optional(fields, "comment"),
    )


def _exemption(fields: Fields) -> Exemption:
    """Return what exempts a resource from a policy."""
    return Exemption(
        text(fields, "name"),
        optional(fields, "category"),
        optional(fields, "expires"),
        optional(fields, "comment"),
    )
