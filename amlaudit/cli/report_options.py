"""The options that say which reports to write, shared by `scan` and `report`."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import click
from msgspec.structs import replace

from amlaudit.cli.options import FILE, FOLDER, several
from amlaudit.cli.outputs import BUNDLE, Output, OutputType, refuse_clashes
from amlaudit.cli.printing import TABLE
from amlaudit.cli.settings import is_on_command_line, project_path
from amlaudit.core.report import Mask
from amlaudit.core.suggestions import did_you_mean
from amlaudit.core.verdict import Status
from amlaudit.reporters import extension_of, formats, is_format, reporter_of
from amlaudit.reporters.options import options_of

_IN_A_REPOSITORY: Final = {
    "inventory": Path("amlaudit.inventory.yaml"),
    "locations": Path("amlaudit.locations.yaml"),
}
"""Usual paths of files that SARIF points to, or that tell it where to point."""

_SARIF: Final = ("profile", "category", "unknown", "location")
"""SARIF options with a flag of their own."""


class OnlyType(click.ParamType[tuple[Status, ...]]):
    """An option value that lists statuses: `fail,unknown`."""

    name = "statuses"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Status, ...]:
        """Return the statuses, or fail if there is no such status."""
        if isinstance(value, tuple):
            return value
        words = [each.strip().replace("-", "_") for each in str(value).split(",")]
        for word in words:
            if word not in list(Status):
                hint = did_you_mean(word, Status)
                self.fail(f'"{word}" is not one of {", ".join(Status)}.{hint}', param, ctx)
        return tuple(map(Status, words))


class ReportOption(click.Option):
    """The option that requests reports; third-party formats are looked up only for its help."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the syntax and the description of the option."""
        self.help = (
            f"Report to write, to a path or to stdout: {', '.join(formats())}; or bundle=PATH, "
            "evidence that `amlaudit verify` can check; repeatable."
        )
        return super().get_help_record(ctx)


class FormatOptionType(click.ParamType[tuple[str, str, str]]):
    """An option value of the form `FORMAT.NAME=VALUE`."""

    name = "format.name=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str, str]:
        """Return format, name and value, or fail if it has another form."""
        if isinstance(value, tuple):
            return value
        left, equals, text = str(value).partition("=")
        name, _, option = left.partition(".")
        if not (equals and option) or not is_format(name):
            self.fail(f'"{value}" does not have the form FORMAT.NAME=VALUE', param, ctx)
        return name, option, text


report_options = several(
    click.option("--report", "outputs", cls=ReportOption, multiple=True, type=OutputType()),
    click.option(
        "--out-dir",
        type=FOLDER,
        help="Folder for the reports without a path, which are named amlaudit.FORMAT there.",
    ),
    click.option(
        "--only",
        type=OnlyType(),
        help="Only findings with these statuses, such as fail,unknown; the reports say so.",
    ),
    click.option(
        "--mask",
        type=click.Choice([each.value for each in Mask]),
        help="Replace ids, names or both with pseudonyms in the reports.",
    ),
    click.option(
        "--option",
        "format_options",
        multiple=True,
        type=FormatOptionType(),
        help="Option of a report format, such as csv.bom=yes; repeatable.",
    ),
    click.option(
        "--sign-key",
        type=FILE,
        help="Ed25519 key (PEM) to sign the evidence bundle with.",
    ),
    click.option(
        "--sarif-profile",
        metavar="NAME",
        help="Which service the SARIF is for: github (default), azure-devops or full.",
    ),
    click.option(
        "--sarif-category",
        metavar="TEXT",
        help="Category of the SARIF run; by default derived from the scope.",
    ),
    click.option(
        "--sarif-unknown/--no-sarif-unknown",
        default=None,
        help="Whether SARIF has a note for each rule with unknown verdicts (default: yes).",
    ),
    click.option(
        "--sarif-location",
        metavar="WHERE",
        help="Which file SARIF points to: auto (default), iac, inventory or config.",
    ),
)
"""Which reports to write."""

checklist_option = click.option(
    "--checklist",
    type=FILE,
    help="File with answers for the checklist in reports; see `amlaudit checklist`.",
)
"""The answers for the checklist in reports."""


def outputs_of(options: Mapping[str, Any], context: click.Context) -> tuple[Output, ...]:
    """Return the requested reports; anything wrong with one is reported before any work is done.

    Args:
        options: The values of the command's options.
        context: Tells which of them were given on the command line.

    Raises:
        AmlauditError: A package that a format needs is not installed, or it has no such option.
        UsageError: Two options contradict each other, or one has no effect.
    """
    given = _given(options)
    outputs = _distinct(_placed(each, options["out_dir"]) for each in options["outputs"])
    _refuse_without_effect(options, context, given)
    printed = options.get("output")
    is_printed = bool(options.get("query")) or printed not in {None, "none"}
    refuse_clashes(outputs, is_stdout_taken=is_printed, others=_files_of(options))
    if options["mask"] and any(each.format == BUNDLE for each in outputs):
        raise click.UsageError(
            "--mask cannot be used with a bundle: it contains the snapshot, which cannot be masked."
        )
    for each in outputs:
        if each.format not in {TABLE, BUNDLE}:
            options_of(reporter_of(each.format), each.format, given[each.format])
    return tuple(replace(each, options=dict(given[each.format])) for each in outputs)


def _distinct(outputs: Iterable[Output]) -> list[Output]:
    """Return outputs without repetitions."""
    found: list[Output] = []
    for each in outputs:
        if each not in found:
            found.append(each)
    return found


def _refuse_without_effect(
    options: Mapping[str, Any], context: click.Context, given: Iterable[str]
) -> None:
    """Raise if an option is about reports that were not requested.

    Args:
        options: The values of the command's options.
        context: Tells which of them were given on the command line.
        given: The formats for which there are options.

    Raises:
        UsageError: One is.
    """
    outputs: Sequence[Output] = options["outputs"]
    requested = {each.format for each in outputs}
    if unused := set(given) - requested:
        name = min(unused)
        raise click.UsageError(f"Options for {name} require --report {name}.")
    if options["sign_key"] and BUNDLE not in requested:
        raise click.UsageError("--sign-key requires a bundle: --report bundle=PATH.")
    if is_on_command_line(context, "out_dir") and requested <= {TABLE, BUNDLE}:
        raise click.UsageError("--out-dir requires a report: --report FORMAT.")


def _files_of(options: Mapping[str, Any]) -> Iterable[Path]:
    """Yield the files besides reports that a command reads or writes."""
    yield from options.get("inputs", ())
    for name in ("input", "save_snapshot", "history", "waivers", "checklist"):
        if path := options.get(name):
            yield path


def _given(options: Mapping[str, Any]) -> defaultdict[str, dict[str, str]]:
    """Return the options of formats, by format and name."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name, option, text in chain(_found(options), _written(options)):
        found[name][option] = text
    return found


def _found(options: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """Yield (format, option, value) of what SARIF can derive from the current environment."""
    if any(each.format == "sarif" for each in options["outputs"]):
        for name, path in _IN_A_REPOSITORY.items():
            if path.is_file():
                yield "sarif", name, str(path)
        if Path(".git").exists():
            yield "sarif", "repository", "."
        project = project_path()
        if project and project.is_relative_to(Path.cwd()):
            yield "sarif", "config", project.relative_to(Path.cwd()).as_posix()
        if options["sarif_profile"] == "azure-devops":
            from amlaudit.cli.pipelines import pipeline_of  # noqa: PLC0415 - few run in a pipeline

            yield from (("sarif", name, value) for name, value in pipeline_of(os.environ).items())


def _written(options: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """Yield (format, option, value) of every given format option."""
    yield from options["format_options"]
    for name in _SARIF:
        value = options[f"sarif_{name}"]
        if value is not None:
            yield "sarif", name, str(value).lower() if isinstance(value, bool) else value


def _placed(output: Output, folder: Path | None) -> Output:
    """Return an output with its path in a folder, if it has no path of its own."""
    if folder is None or output.path or output.format in {TABLE, BUNDLE}:
        return output
    return replace(output, path=folder / f"amlaudit.{extension_of(output.format)}")
