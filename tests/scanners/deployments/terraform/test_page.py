"""The page about Terraform plans describes what the mapping does."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "terraform.md").read_text("utf-8")


def test_the_table_of_resources_is_in_step_with_the_mapping() -> None:
    path = ROOT / "scripts" / "build_terraform_page.py"
    spec = importlib.util.spec_from_file_location("build_terraform_page", path)
    assert spec
    assert spec.loader
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    assert program.page_of(PAGE) == PAGE
