"""The page about mutants matches their records."""

from tests.mutation.tell import PAGE, page, records, survivors


def test_the_page_is_in_step_with_what_is_on_record() -> None:
    """Update it with `python -m tests.mutation.tell`."""
    written = PAGE.read_text("utf-8")
    assert page(written) == written


def test_every_mutant_that_lives_is_listed_once() -> None:
    figures, listed = records(), survivors()
    assert len(listed) == sum(each.live for each in figures.values())
    for each in listed:
        assert any(each.at.startswith(f"{module}.") for module in figures)
        assert each.was != each.becomes
