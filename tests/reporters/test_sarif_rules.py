"""Rules are described for code scanning within its limits, with all that a fix needs."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from amlaudit.core.report import Report
from amlaudit.core.rule import Fix, Rule, Severity
from amlaudit.reporters import render as render_as
from tests.reporters.sample_rules import RULES
from tests.reporters.samples import report_of


def render(report: Report) -> str:
    return b"".join(render_as("sarif", report)).decode()


def described(rule: Rule) -> Any:
    """Return the description of a rule that had nothing to judge."""
    return json.loads(render(report_of((), rules=(rule,))))["runs"][0]["tool"]["driver"]["rules"][0]


@pytest.mark.parametrize(
    ("severity", "level", "problem", "score"),
    [
        (Severity.CRITICAL, "error", "error", "9.5"),
        (Severity.HIGH, "error", "error", "8.0"),
        (Severity.MEDIUM, "warning", "warning", "5.5"),
        (Severity.LOW, "note", "recommendation", "2.5"),
        (Severity.INFO, "note", "recommendation", "0.1"),
    ],
)
def test_severity_is_spelled_as_github_reads_it(
    severity: Severity, level: str, problem: str, score: str
) -> None:
    rule = described(replace(RULES[0], severity=severity))
    assert rule["defaultConfiguration"]["level"] == level
    assert rule["properties"]["problem.severity"] == problem
    assert rule["properties"].get("security-severity") == score
    assert f"severity/{severity}" in rule["properties"]["tags"]


def test_long_texts_and_many_controls_stay_within_the_limits() -> None:
    long = "word " * 1000
    rule = described(
        replace(
            RULES[0],
            title=long,
            because=long,
            mappings={"nist_800_53_r5": tuple(f"AC-{number}" for number in range(30))},
        )
    )
    assert len(rule["name"]) == 255
    assert len(rule["shortDescription"]["text"]) <= 1024
    assert len(rule["fullDescription"]["text"]) == 1024
    assert len(rule["properties"]["tags"]) == 10


def test_a_terse_rule_is_still_described() -> None:
    rule = described(replace(RULES[0], title="安全", area="", mappings={}, sources=("folklore",)))
    assert rule["name"] == "RuleAML1001"
    assert rule["properties"]["tags"] == ["security", "azure-ml", "severity/critical"]
    assert "helpUri" not in rule
    assert rule["help"]["text"].endswith("References:\nfolklore")


def test_help_warns_before_the_fix_does_harm() -> None:
    texts = described(RULES[0])["help"]
    for text in texts.values():
        assert "az ml compute create --file compute.yml  # `remote_login_port: disabled`" in text
        assert "the resource must be rebuilt" in text
        assert "This step cannot be undone." in text
        assert "{name}, {group} and {id} are those" in text
        assert RULES[0].sources[0] in text


def test_help_shows_texts_of_a_rule_and_never_runs_them() -> None:
    rule = described(
        replace(
            RULES[0],
            because="<img src=x> [a](https://evil.example)",
            fix=Fix("echo ```\n<script>", note="![a](b)"),
            sources=("https://learn.microsoft.com/a b>c\ud800",),
        )
    )
    assert rule["helpUri"] == "https://learn.microsoft.com/a%20b%3Ec?"
    markdown = rule["help"]["markdown"]
    assert r"\<img src=x\> \[a\]\(https:\//evil.example)" in markdown
    assert "````shell\necho ```\n<script>\n````" in markdown
    assert r"Note: \!\[a\]\(b)." in markdown
    assert markdown.endswith("- <https://learn.microsoft.com/a%20b%3Ec?>")
