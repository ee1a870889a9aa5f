"""`amlaudit rules`: show rules, check and test packs, start new rules."""

from typing import Final

import click

from amlaudit.cli.lazy import Entry, LazyGroup

COMMANDS: Final = {
    "list": Entry("rules.listing", "list_rules", "List the rules that a profile applies."),
    "show": Entry("rules.show", "show", "Show one rule."),
    "new": Entry("rules.new", "new", "Start a new rule: its file and its test cases."),
    "validate": Entry("rules.validate", "validate", "Check that rules load."),
    "test": Entry("rules.cases", "test", "Run the test cases of rules, and mutate the rules."),
    "docs": Entry("rules.pages", "docs", "Write a page for each rule, and an index."),
    "agenda": Entry("rules.agenda", "agenda", "Show what covers the guidance."),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def rules() -> None:
    """Show rules, check and test packs, start new rules.

    \b
    Examples:
      amlaudit rules list --area network
      amlaudit rules test my-rules
    """  # noqa: D301 - \b is click's own
