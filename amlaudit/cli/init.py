"""`amlaudit init`: the files with which a repository audits itself, nightly and on demand."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from amlaudit import __version__
from amlaudit.cli.files import keep
from amlaudit.cli.messages import note
from amlaudit.cli.options import FOLDER, none_blank
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.patterns import late_pattern
from amlaudit.core.scope import Scope
from amlaudit.resources import shipped

_LOCK: Final = "requirements.lock"
_ACTION: Final = ".github/actions/amlaudit"
_JOB: Final = "amlaudit-job"
_SETTINGS: Final = ("amlaudit.yaml", "waivers.yaml")
"""Always written; people adapt them."""
_FROM_CHECKOUT: Final = late_pattern(r"# From this checkout;.*?\n(?=\n)", re.DOTALL)
"""The part of the project's own image that is built from its checkout."""


@click.command()
@click.option(
    "-s",
    "--subscription",
    multiple=True,
    callback=none_blank,
    help="Subscription to audit, by name or id; repeatable.",
)
@click.option(
    "-m",
    "--management-group",
    multiple=True,
    callback=none_blank,
    help="Management group to audit, by id; repeatable.",
)
@click.option(
    "--github", is_flag=True, help="Write a GitHub workflow, and the action that it uses."
)
@click.option("--azure-pipelines", is_flag=True, help="Write a pipeline for Azure DevOps.")
@click.option("--pre-commit", is_flag=True, help="Write a pre-commit configuration.")
@click.option(
    "--container-job", is_flag=True, help="Write an image and a job for Azure Container Apps."
)
@click.option(
    "--directory",
    default=".",
    show_default=True,
    type=FOLDER,
    help="Root of the repository.",
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def init(
    subscription: tuple[str, ...],
    management_group: tuple[str, ...],
    directory: Path,
    *,
    force: bool,
    **kinds: bool,
) -> None:
    """Write a configuration, and files that run amlaudit unattended.

    \b
    Examples:
      amlaudit init --subscription "ML Production" --github
      amlaudit init --management-group mg-ml --azure-pipelines --pre-commit

    amlaudit.yaml and waivers.yaml are always written; one that already exists is left unchanged
    if there is anything else to write. No other file is overwritten without --force: if one
    already exists, nothing is written.
    """  # noqa: D301 - \b is click's own
    named = bool(subscription or management_group)
    scope = Scope(subscription if named else ("ML Production",), management_group)
    files = {directory / path: text for path, text in _files(scope, kinds)}
    there = [path.exists() for path in files]
    if any(kinds.values()) or (not force and any(there) and not all(there)):
        files = _without_settings(files)
    if not force:
        _refuse_existing(files)
    for path, text in files.items():
        keep(path, [text])
        click.echo(path)
    if not named and directory / _SETTINGS[0] in files:
        note(f"Enter your own subscriptions or management groups in {_SETTINGS[0]}")


def _without_settings(files: dict[Path, str]) -> dict[Path, str]:
    """Return the files to write, without settings files that exist already."""
    existing = [path for path in files if path.name in _SETTINGS and path.exists()]
    for path in existing:
        note(f"{path} already exists and was left unchanged")
    return {path: text for path, text in files.items() if path not in existing}


def _refuse_existing(files: Iterable[Path]) -> None:
    """Raise if any of the files exists already.

    Raises:
        AmlauditError: One does.
    """
    if existing := [str(path) for path in files if path.exists()]:
        ending = "" if len(existing) > 1 else "s"
        raise AmlauditError(
            "E306",
            f"{', '.join(existing)} already exist{ending}; nothing was written",
            advice="review them, then overwrite them with --force",
            exit_code=Exit.INPUT_OUTPUT,
        )


def _files(scope: Scope, kinds: dict[str, bool]) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every requested file."""
    yield "amlaudit.yaml", _template("amlaudit.yaml", scope=_scope_yaml(scope))
    yield "waivers.yaml", _template("waivers.yaml")
    if kinds["github"]:
        yield ".github/workflows/amlaudit.yml", _template("github.yml")
        yield f"{_ACTION}/action.yml", _shipped("action.yml")
        yield f"{_ACTION}/{_LOCK}", _shipped(_LOCK)
    if kinds["azure_pipelines"]:
        yield "azure-pipelines-amlaudit.yml", _template("azure-pipelines.yml")
    if kinds["pre_commit"]:
        yield ".pre-commit-config.yaml", _template("pre-commit-config.yaml")
    if kinds["container_job"]:
        yield f"{_JOB}/Containerfile", _image()
        yield f"{_JOB}/{_LOCK}", _shipped(_LOCK)
        lists = {
            "subscriptions": _bicep_array(scope.subscriptions),
            "management_groups": _bicep_array(scope.management_groups),
        }
        yield f"{_JOB}/job.bicep", _template("job.bicep", **lists)


def _template(name: str, **values: str) -> str:
    """Return a template with its `@name@` marks filled in."""
    text = (shipped("templates") / "init" / name).read_text("utf-8")
    for key, value in {"version": __version__, **values}.items():
        text = text.replace(f"@{key}@", value)
    return text


def _shipped(name: str) -> str:
    """Return a file of the GitHub action or of the image, unchanged."""
    return (shipped("action") / name).read_text("utf-8")


def _image() -> str:
    """Return the project's own image with this release installed in it."""
    release = (
        "RUN python -m pip install --no-cache-dir --no-deps --only-binary :all: \\\n"
        f'      --target /program "amlaudit=={__version__}"\n'
    )
    return _FROM_CHECKOUT.sub(lambda _: release, _shipped("Containerfile"))


def _scope_yaml(scope: Scope) -> str:
    """Return the scope to audit, as YAML for the configuration."""
    lists = {
        "subscriptions": scope.subscriptions,
        "management_groups": scope.management_groups,
    }
    return "\n".join(f"  {key}: {_yaml_list(names)}" for key, names in lists.items() if names)


def _yaml_list(names: Sequence[str]) -> str:
    """Return names as a YAML list."""
    return json.dumps(list(names), ensure_ascii=False)


def _bicep_array(names: Sequence[str]) -> str:
    """Return names as a Bicep array."""
    escaped = (
        name.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${") for name in names
    )
    return "[" + ", ".join(f"'{name}'" for name in escaped) + "]"
