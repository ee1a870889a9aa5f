"""New rules: templates that are valid from the start, to be filled in."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from amlaudit.core.errors import AmlauditError, Exit

_YAML: Final = """\
# yaml-language-server: $schema={schema}
id: {id}
title: The workspace … (the good state, as a sentence)
severity: medium
severity_reason: Why a fail is that bad.
applies_to: Microsoft.MachineLearningServices/workspaces

require: {{ field: properties.publicNetworkAccess, equals: Disabled, default: Enabled }}

because: Why it matters, to somebody who has to fix it.
fix: az ml workspace update --name {{name}} --resource-group {{group}} …
sources: [https://learn.microsoft.com/azure/machine-learning/]
"""

_PYTHON: Final = '''\
"""{id}: {claim}."""

from amlaudit import Subject, Verdict, fail, ok, rule


@rule(
    id="{id}",
    title="The workspace … (the good state, as a sentence)",
    severity="medium",
    severity_reason="Why a fail is that bad.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because="Why it matters, to somebody who has to fix it.",
    fix="az ml workspace update --name {{name}} --resource-group {{group}} …",
    sources=["https://learn.microsoft.com/azure/machine-learning/"],
)
def {name}(workspace: Subject) -> Verdict:
    """Describe what is checked."""
    if workspace.text("properties.publicNetworkAccess", default="Enabled") == "disabled":
        return ok()
    return fail("public network access is not disabled")
'''

_CASES: Final = """\
pass:
  - name: public access is disabled
    body: {{ properties: {{ publicNetworkAccess: Disabled }} }}
fail:
  - name: public access is enabled
    body: {{ properties: {{ publicNetworkAccess: Enabled }} }}
  - name: absent means enabled
    body: {{ properties: {{}} }}
    message: {absent}
unknown:
  - name: the properties could not be read
    gaps: {{ properties: forbidden }}
"""

_SCHEMA: Final = "https://raw.githubusercontent.com/amlaudit/amlaudit/main/docs/rule.schema.json"


def new_rule(folder: Path, rule_id: str, claim: str, *, python: bool) -> Iterator[Path]:
    """Write a rule and its cases, and yield their paths.

    Args:
        folder: The folder of the area; created if missing.
        rule_id: Id of the rule, letters and then digits.
        claim: A few words, for the names of the files.
        python: Whether the rule is a function instead of a condition.

    Raises:
        AmlauditError: The id is invalid, or a file already exists.
    """
    if not re.fullmatch(r"[A-Z]+[0-9]+", rule_id):
        raise AmlauditError(
            "E201",
            f'"{rule_id}" is not a rule id',
            advice="use capital letters followed by digits, like ACME001",
            exit_code=Exit.USAGE,
        )
    name = "_".join(re.findall(r"[a-z0-9]+", claim.lower())) or "rule"
    stem = f"{rule_id.lower()}_{name}"
    absent = "is not disabled" if python else "is absent, which means Enabled"
    values = {"id": rule_id, "claim": claim, "name": name, "schema": _SCHEMA, "absent": absent}
    files = {
        folder / f"{stem}.{'py' if python else 'yaml'}": _PYTHON if python else _YAML,
        folder / f"{stem}.cases.yaml": _CASES,
    }
    for path in files:
        if path.exists():
            raise AmlauditError(
                "E306",
                f"{path} already exists",
                advice="give the rule another id, or remove the file",
                exit_code=Exit.INPUT_OUTPUT,
            )
    folder.mkdir(parents=True, exist_ok=True)
    for path, template in files.items():
        path.write_text(template.format(**values), "utf-8")
        yield path
