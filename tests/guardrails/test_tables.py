"""The shipped tables of aliases and built-in definitions are in step with the rules."""

import json
from pathlib import Path

import pytest

from tests.programs import ROOT, program

AZURE = ROOT.parent / "shared" / "azure-policy"


@pytest.mark.skipif(not AZURE.exists(), reason="the definitions of Azure are not here")
@pytest.mark.parametrize("name", ["aliases.json", "builtins.json"])
def test_a_table_is_in_step_with_the_rules(name: str) -> None:
    """Regenerate both with `python scripts/build_guardrails.py` and the paths in its docstring."""
    shipped = Path(ROOT / "amlaudit" / "guardrails" / "data" / name).read_text("utf-8")
    tables = program("build_guardrails").tables(AZURE / "aliases.json", AZURE / "definitions")
    assert json.loads(shipped) == tables[name]
