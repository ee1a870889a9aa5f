"""Rules as SARIF describes them: titles, help, tags and severities."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from amlaudit.core.declarations import bicep_of, terraform_of, undeclared_of
from amlaudit.core.rule import Rule, Severity
from amlaudit.reporters.encoding import given
from amlaudit.reporters.fixes import cautions_of
from amlaudit.reporters.texts import clean, fenced, markdown, sentence, shorten
from amlaudit.reporters.words import visible

LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}

# The limits and the score ranges are GitHub's.
# https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
_LONGEST_NAME: Final = 255
_LONGEST_DESCRIPTION: Final = 1024
_MAX_TAGS: Final = 10
_SCORES: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.INFO: "0.1",  # the minimum; without one, no security view shows the rule
}
_PROBLEMS: Final = {"error": "error", "warning": "warning", "note": "recommendation"}

_PLACEHOLDERS: Final = "{name}, {group} and {id} are those of the resource."

_URL_CHARACTERS: Final = ":/?#@!$&'()*+,;=%-._~"
"""RFC 3986, 2.2 and 2.3; without the brackets, which only an IPv6 address needs."""


def descriptor(rule: Rule) -> dict[str, object]:
    """Return a rule as a SARIF `reportingDescriptor`."""
    sources = [_url(each) for each in rule.sources if each.startswith("https://")]
    title = sentence(shorten(clean(rule.title), _LONGEST_DESCRIPTION - 1))
    because = sentence(clean(f"{sentence(rule.because)} {rule.severity_reason}"))
    return {
        "id": rule.id,
        "name": _pascal_case(rule),
        "shortDescription": {"text": title},
        "fullDescription": {"text": shorten(because, _LONGEST_DESCRIPTION)},
        "help": {"text": _help_text(rule), "markdown": _help_markdown(rule, sources)},
        **given(helpUri=sources[0] if sources else None),
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": _tags(rule),
            "precision": "high",
            "problem.severity": _PROBLEMS[LEVELS[rule.severity]],
            "security-severity": _SCORES[rule.severity],
        },
    }


def _pascal_case(rule: Rule) -> str:
    """Return the title as one word: "TheWorkspaceRefusesPublicNetworkAccess"."""
    words = re.findall(r"[A-Za-z0-9]+", rule.title)
    name = "".join(word[0].upper() + word[1:] for word in words)
    return name[:_LONGEST_NAME] or f"Rule{rule.id}"


def _tags(rule: Rule) -> list[str]:
    """Return the tags for filtering; of the frameworks, as many controls as fit."""
    controls = (f"{name}/{each}" for name, ids in sorted(rule.mappings.items()) for each in ids)
    tags = ("security", "azure-ml", rule.area, f"severity/{rule.severity}", *controls)
    return [tag for tag in dict.fromkeys(map(clean, tags)) if tag][:_MAX_TAGS]


def _help_text(rule: Rule) -> str:
    """Return why the rule matters and how to fix a fail, as plain text."""
    return "\n\n".join(
        (
            f"Why it matters: {sentence(clean(rule.because))}",
            f"Severity: {rule.severity}. {sentence(clean(rule.severity_reason))}",
            f"Fix:\n{_command(rule)}",
            *_cautions(rule),
            "\n".join(("References:", *map(clean, rule.sources))),
        )
    )


def _help_markdown(rule: Rule, sources: list[str]) -> str:
    """Return why the rule matters and how to fix a fail, as Markdown."""
    return "\n\n".join(
        (
            f"**Why it matters.** {sentence(markdown(rule.because))}",
            f"**Severity {rule.severity}.** {sentence(markdown(rule.severity_reason))}",
            f"**Fix**\n\n{fenced(_command(rule), 'shell')}",
            *map(markdown, _cautions(rule)),
            *_declarations(rule),
            "\n".join(("**References**\n", *(f"- <{url}>" for url in sources))),
        )
    )


def _declarations(rule: Rule) -> Iterator[str]:
    """Yield what infrastructure as code must declare, as Markdown."""
    if code := bicep_of(rule):
        yield f"**Bicep**\n\n{fenced(str(visible(code)), 'bicep')}"
        yield f"**Terraform**\n\n{fenced(str(visible(terraform_of(rule))), 'terraform')}"
    elif reason := undeclared_of(rule):
        yield sentence(markdown(clean(reason)))


def _command(rule: Rule) -> str:
    """Return the commands of the fix, one per line."""
    return "\n".join(str(visible(line)) for line in rule.fix.command.splitlines())


def _cautions(rule: Rule) -> Iterator[str]:
    """Yield what to know before applying the fix."""
    if re.search(r"\{(name|group|id)\}", rule.fix.command):
        yield _PLACEHOLDERS
    yield from cautions_of(rule)


def _url(address: str) -> str:
    """Return an address with all characters escaped that are not allowed in one."""
    return quote(address, safe=_URL_CHARACTERS, errors="replace")
