"""The page about Terraform plans describes what the mapping does."""

from tests.programs import ROOT, program

PAGE = (ROOT / "docs" / "terraform.md").read_text("utf-8")


def test_the_table_of_resources_is_in_step_with_the_mapping() -> None:
    assert program("build_terraform_page").page_of(PAGE) == PAGE
