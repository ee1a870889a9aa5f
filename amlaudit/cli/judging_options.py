"""The options that say what to judge by, and what a run must meet."""

from collections.abc import Mapping
from datetime import timedelta
from math import isnan
from pathlib import Path
from typing import Any, Final

import click
from msgspec.structs import replace

from amlaudit.cli.auditing import policy_of
from amlaudit.cli.comparison import comparing_options, past_named
from amlaudit.cli.durations import DurationType
from amlaudit.cli.messages import note
from amlaudit.cli.options import FILE, packs_option, profile_option, several
from amlaudit.cli.settings import labels_of
from amlaudit.core.context import LABELS, Assigned, Label, Where
from amlaudit.core.report import Profile
from amlaudit.core.rule import Severity
from amlaudit.core.suggestions import did_you_mean
from amlaudit.core.waiver import Waiver
from amlaudit.pipeline import Policy
from amlaudit.rulebook.narrowing import narrowed

_NEVER: Final = "never"
_DEFAULT_AGE: Final = "30d"


class PercentType(click.FloatRange):
    """A percentage; a share such as 0.95 is refused, because it would switch the gate off."""

    name = "percentage"

    def __init__(self) -> None:
        """Accept 0 to 100."""
        super().__init__(0, 100)

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the percentage, or fail if it must be meant as a share."""
        percent = super().convert(value, param, ctx)
        if isnan(percent):
            self.fail(f"{value} is not a number", param, ctx)
        if 0 < percent < 1:
            self.fail(
                f"{value} is less than 1 %: use {percent * 100:g} for {percent * 100:g} %",
                param,
                ctx,
            )
        return percent


rules_options = several(
    packs_option,
    profile_option,
    click.option(
        "--select",
        multiple=True,
        help="Only these rules: an id, a pattern with *, an area, a framework or a control "
        "(mcsb:NS-2); repeatable.",
    ),
    click.option(
        "--ignore",
        multiple=True,
        help="Exclude these rules; accepts the same values as --select; repeatable.",
    ),
    click.option(
        "--severity",
        "least",
        type=click.Choice([each.value for each in Severity]),
        help="Only rules of this severity or higher.",
    ),
    click.option("--env-tag", metavar="KEY", help="Tag that holds the environment."),
    click.option(
        "--environment",
        metavar="NAME",
        help="Environment of all resources, overriding tags: prod, dev, …",
    ),
)
"""Which rules to apply, and how to determine environments."""

gate_options = several(
    click.option(
        "--waivers",
        type=FILE,
        help="Waiver file (accepted fails); see `amlaudit waive`.",
    ),
    click.option("--strict", is_flag=True, help="Treat waivers that match nothing as an error."),
    comparing_options,
    click.option(
        "--fail-on",
        default=Severity.HIGH.value,
        show_default=True,
        metavar="SEVERITY",
        type=click.Choice([*(s.value for s in Severity if s is not Severity.INFO), _NEVER]),
        help="Lowest severity that fails the run: critical, high, medium, low or never.",
    ),
    click.option(
        "--min-coverage",
        default=95.0,
        show_default=True,
        metavar="PERCENT",
        type=PercentType(),
        help="Minimum coverage of a complete run, in per cent.",
    ),
    click.option(
        "--max-age",
        default=_DEFAULT_AGE,
        show_default=True,
        type=DurationType(),
        help="Maximum age of evidence for time-based rules, such as 12h or 30d; they do not "
        "evaluate older evidence.",
    ),
    click.option(
        "--allow-incomplete", is_flag=True, help="Exit with 0, not 3, if the run is incomplete."
    ),
    click.option(
        "--allow-empty",
        is_flag=True,
        help="Exit with 0, not 3, if no workspace, or nothing to evaluate, is in scope.",
    ),
)
"""What a run must meet."""


def policy_for(options: Mapping[str, Any], context: click.Context) -> Policy:
    """Return the policy that the options describe: rules, waivers, baseline and gate.

    Raises:
        AmlauditError: A rule pack, a profile, a waiver or the baseline is invalid.
    """
    fail_on = None if options["fail_on"] == _NEVER else Severity(options["fail_on"])
    policy = policy_of(options["packs"], options["profile"])
    return replace(
        _narrowed(policy, options),
        fail_on=fail_on,
        min_coverage=options["min_coverage"] / 100,
        labels=_labels(policy, context, options),
        waivers=_waivers(options["waivers"]),
        max_age=timedelta(seconds=options["max_age"]),
        past=past_named(options["baseline"], new_only=options["new_only"]),
        new_only=options["new_only"],
    )


def _waivers(path: Path | None) -> tuple[Waiver, ...]:
    """Return the waivers in a file, none if no file is given."""
    if path is None:
        return ()
    from amlaudit.rulebook.waiver_reader import read_waivers  # noqa: PLC0415 - few runs have some

    return read_waivers(path)


def _narrowed(policy: Policy, options: Mapping[str, Any]) -> Policy:
    """Return a policy with only the selected rules; the others are reported as left out."""
    least = Severity(options["least"]) if options["least"] else None
    rules = narrowed(policy.rules, options["select"], options["ignore"], least)
    left_out = {each.id for each in policy.rules} - {each.id for each in rules}
    if not left_out:
        return policy
    profile = policy.profile or Profile("", "")
    everything = tuple(sorted(left_out.union(profile.left_out)))
    return replace(policy, rules=rules, profile=replace(profile, left_out=everything))


def _note_unusual(environment: str, policy: Policy, label: Label) -> None:
    """Print that an environment is none of the known ones.

    If it is mistyped, rules about the one that was meant would silently not apply.
    """
    overrides = policy.profile.overrides if policy.profile else ()
    known = {
        *LABELS["environment"].synonyms.values(),
        label.assumed,
        *label.synonyms.values(),
        *(each.meaning for each in label.assigned),
        *(each.environment for each in overrides),
    }
    if environment not in known:
        hint = did_you_mean(environment, sorted(known))
        note(f'"{environment}" is none of the environments {", ".join(sorted(known))}.{hint}')


def _labels(
    policy: Policy, context: click.Context, options: Mapping[str, Any]
) -> Mapping[str, Label]:
    """Return how to interpret tags, from the profile, the settings and the command line."""
    labels = {**policy.labels, **labels_of(context)}
    label = labels["environment"]
    if tag := options["env_tag"]:
        label = replace(label, tags=(tag,))
    if named := (options["environment"] or "").strip():
        everything = Assigned(Where.RESOURCES, "*", label.meaning(named))
        _note_unusual(everything.meaning, policy, label)
        label = replace(label, assigned=(everything, *label.assigned))
    return {**labels, "environment": label}
