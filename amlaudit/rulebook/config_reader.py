"""Reads settings from project and user files, strictly: an unknown key is an error."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct, field
from yaml.error import Mark
from yaml.nodes import Node as YamlNode
from yaml.nodes import ScalarNode

from amlaudit.core.context import LABELS, Label
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.rule import Severity
from amlaudit.rulebook.config_files import TABLE, root_above
from amlaudit.rulebook.profile_reader import read_label
from amlaudit.sizes import is_there, text_of
from amlaudit.strict_yaml import Node, parse_yaml, read_yaml

VERSION: Final = 1
"""Version of the format of project files."""
NEVER: Final = "never"
"""Used instead of a severity if no failed rule should fail the run."""
Reader: TypeAlias = Callable[[Node, Path], object]
"""Reads the value of a setting from a file in a folder."""


class Setting(NamedTuple):
    """A setting.

    Attributes:
        key: Its key in files; a dot leads into a mapping.
        option: Its command-line option, without dashes.
        read: Reads it from a file.
        many: Whether it is a list.
    """

    key: str
    option: str
    read: Reader
    many: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "AMLAUDIT_" + self.option.upper().replace("-", "_")


class Found(NamedTuple):
    """The value of a setting, and where it is set."""

    value: object
    place: str


class Settings(Struct, frozen=True):
    """What files set.

    Attributes:
        values: Values by key.
        environments: How tags tell the environment; None: as in the profile.
        environments_place: Where that is set.
        folder: The folder of the project file; None: there is none.
        of_project: The keys that the project file sets.
    """

    values: Mapping[str, Found] = field(default_factory=dict)
    environments: Label | None = None
    environments_place: str = ""
    folder: Path | None = None
    of_project: frozenset[str] = frozenset()


def _text(node: Node, _folder: Path) -> object:
    """Read a text."""
    return node.text()


def _texts(node: Node, _folder: Path) -> object:
    """Read a list of texts."""
    return [each.text() for each in node.members()]


def _truth(node: Node, _folder: Path) -> object:
    """Read a boolean."""
    return node.boolean()


def _number(node: Node, _folder: Path) -> object:
    """Read an integer, at least one."""
    return node.whole_number(1)


def _percent(node: Node, _folder: Path) -> object:
    """Read a share in per cent."""
    value = node.scalar()
    if isinstance(value, bool | str) or not 0 <= value <= 100:  # noqa: PLR2004 - per cent
        node.error("expected a number from 0 to 100")
    return value


def _severity(node: Node, _folder: Path) -> object:
    """Read a severity."""
    return node.one_of(Severity)


def _severity_or_never(node: Node, _folder: Path) -> object:
    """Read the lowest severity at which a fail fails the run, or `never`."""
    return node.word_of([*(each.value for each in Severity if each is not Severity.INFO), NEVER])


def _path(node: Node, folder: Path) -> object:
    """Read a path, which is relative to the file that contains it."""
    return _placed(node.text(), folder)


def _paths(node: Node, folder: Path) -> object:
    """Read several paths."""
    return [_path(each, folder) for each in node.members()]


def _name_or_path(node: Node, folder: Path) -> object:
    """Read a name, or a path relative to the file."""
    text = node.text()
    return _placed(text, folder) if is_there(folder / text) else text


def _names_or_paths(node: Node, folder: Path) -> object:
    """Read several names or paths."""
    return [_name_or_path(each, folder) for each in node.members()]


def _outputs(node: Node, folder: Path) -> object:
    """Read report formats with their output paths."""
    found: list[str] = []
    for each in node.members():
        name, equals, path = each.text().partition("=")
        found.append(f"{name}={_placed(path, folder)}" if equals else name)
    return found


def _placed(text: str, folder: Path) -> str:
    """Return a path relative to a folder in its shortest form."""
    path = folder / text
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


SETTINGS: Final = (
    Setting("scope.subscriptions", "subscription", _texts, many=True),
    Setting("scope.management_groups", "management-group", _texts, many=True),
    Setting("scope.resource_groups", "resource-group", _texts, many=True),
    Setting("scope.workspaces", "workspace", _texts, many=True),
    Setting("scope.tenant", "tenant", _text),
    Setting("scope.exclude", "exclude", _texts, many=True),
    Setting("cloud", "cloud", _text),
    Setting("credential", "credential", _text),
    Setting("deadline", "deadline", _text),
    Setting("concurrency", "concurrency", _number),
    Setting("profile", "profile", _name_or_path),
    Setting("rules", "rules", _names_or_paths, many=True),
    Setting("trusted_keys", "trusted-key", _paths, many=True),
    Setting("select", "select", _texts, many=True),
    Setting("ignore", "ignore", _texts, many=True),
    Setting("severity", "severity", _severity),
    Setting("waivers", "waivers", _path),
    Setting("strict", "strict", _truth),
    Setting("baseline", "baseline", _path),
    Setting("new_only", "new-only", _truth),
    Setting("history", "history", _path),
    Setting("fail_on", "fail-on", _severity_or_never),
    Setting("min_coverage", "min-coverage", _percent),
    Setting("max_age", "max-age", _text),
    Setting("allow_incomplete", "allow-incomplete", _truth),
    Setting("allow_empty", "allow-empty", _truth),
    Setting("reports", "report", _outputs, many=True),
    Setting("out_dir", "out-dir", _path),
)
"""All settings, in display order."""


_WRITTEN: Final = frozenset({"baseline", "history", "out_dir", "reports", "waivers"})
"""Settings that name what commands write to."""


def read_settings(project: Path | None, user: Path | None) -> Settings:
    """Read the settings of the project file and, where it sets none, of the user's own file.

    Raises:
        AmlauditError: One of them is invalid; the message names file, line and column.
    """
    top = root_above(project.parent.absolute()) if project else None
    files = [_read(each, top if each is project else None) for each in (user, project) if each]
    named = next((each for each in reversed(files) if each.environments), Settings())
    return Settings(
        {key: found for each in files for key, found in each.values.items()},
        named.environments,
        named.environments_place,
        project.parent if project else None,
        frozenset(files[-1].values) if project else frozenset(),
    )


def _read(path: Path, top: Path | None) -> Settings:
    """Read the settings of one file.

    Args:
        path: The file.
        top: The only folder its settings may have files written to; None: anywhere.
    """
    root = _root_of(path)
    keys = root.mapping(
        ("version", "environments", *dict.fromkeys(each.key.split(".")[0] for each in SETTINGS)),
        "a project file",
    )
    if "version" not in keys:
        root.error("the file has no version", advice=f"start it with version: {VERSION}")
    if keys["version"].scalar() != VERSION:
        keys["version"].error(f"the version of a project file must be {VERSION}")
    environments = keys.get("environments")
    return Settings(
        dict(_values(keys, path.parent, top)),
        read_label(environments, LABELS["environment"]) if environments else None,
        environments.place if environments else "",
    )


def _values(
    keys: Mapping[str, Node], folder: Path, top: Path | None
) -> Iterator[tuple[str, Found]]:
    """Yield (key, value) for every setting present."""
    inner: dict[str, Mapping[str, Node]] = {}
    for setting in SETTINGS:
        first, _, second = setting.key.partition(".")
        if first not in keys:
            continue
        node: Node | None = keys[first]
        if second:
            known = [each.key.split(".")[1] for each in SETTINGS if each.key.startswith("scope.")]
            inner[first] = inner.get(first) or keys[first].mapping(known, first)
            node = inner[first].get(second)
        if node:
            value = setting.read(node, folder)
            if top and setting.key in _WRITTEN:
                _refuse_outside(node, value, top)
            yield setting.key, Found(value, node.place)


def _refuse_outside(node: Node, value: object, top: Path) -> None:
    """Raise if a project file names an output outside of its repository, links resolved.

    A checkout could otherwise have any of its user's files overwritten.
    """
    for path in _outputs_in(value):
        if path and not Path(path).resolve().is_relative_to(top):
            node.error(
                f'"{path}" is outside the repository',
                advice="a project file may only write below its root; "
                "give the path on the command line",
            )


def _outputs_in(value: object) -> list[str]:
    """Return the paths in a setting: one, or those of reports, each behind its format."""
    if isinstance(value, list):
        return [str(each).partition("=")[2] for each in value]
    return [str(value)]


def _root_of(path: Path) -> Node:
    """Return the root node of a project file."""
    shown_as = _placed(path.name, path.parent)
    return _table(path, shown_as) if path.suffix == ".toml" else read_yaml(path, shown_as)


def _table(path: Path, shown_as: str) -> Node:
    """Return our table in a TOML file; the place of its values is where the table begins."""
    text = text_of(path)
    try:
        document: Any = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise AmlauditError("E201", f"{shown_as} {error}", exit_code=Exit.INVALID) from error
    tool = document.get("tool")
    table = tool.get("amlaudit", {}) if isinstance(tool, dict) else {}
    root = parse_yaml(json.dumps(table, default=str), shown_as)
    found = TABLE.search(text)
    line = text.count("\n", 0, found.end()) if found else 0
    for each in _all_nodes(root.node):
        each.start_mark = Mark(shown_as, 0, line, 0, None, 0)
    return root


def _all_nodes(node: YamlNode) -> Iterator[YamlNode]:
    """Yield a node and everything in it."""
    yield node
    if not isinstance(node, ScalarNode):
        for member in node.value:
            for each in member if isinstance(member, tuple) else (member,):
                yield from _all_nodes(each)
