"""The rule library of an audit: the shipped pack and the packs that the user names."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Pack
from amlaudit.core.rule import Rule
from amlaudit.core.suggestions import did_you_mean
from amlaudit.resources import shipped
from amlaudit.rulebook.shipped_pack import SHIPPED, load_shipped

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_GROUP: Final = "amlaudit.packs"


def load_library(
    named: Iterable[str], settings: Mapping[str, ParameterValue] = MappingProxyType({})
) -> tuple[tuple[Pack, ...], tuple[Rule, ...]]:
    """Return the shipped pack and the named ones, and all of their rules by id.

    Args:
        named: Folders of rules, files or folders of Azure Policy definitions, or names of packs
            that installed distributions offer by an entry point. A pack may hold Python, which runs
            when it is loaded: naming it is the permission.
        settings: The parameter values that a profile sets, by name.

    Raises:
        AmlauditError: A pack is missing or invalid, two rules have the same id, or a setting is for
            no rule.
    """
    packs: list[Pack] = []
    rules: dict[str, Rule] = {}
    for path, name in _named(named):
        pack, found = _load(path, name, settings)
        packs.append(pack)
        for rule in found:
            if twin := rules.get(rule.id):
                raise AmlauditError(
                    "E201",
                    f"Rule {rule.id} of {name}/{rule.path} is already defined in {twin.path}",
                    advice="ids must be unique across all packs; give the rule another id",
                    exit_code=Exit.INVALID,
                )
            rules[rule.id] = rule
    _refuse_unknown(settings, rules.values())
    return tuple(packs), tuple(rules[key] for key in sorted(rules))


def shipped_ids() -> frozenset[str]:
    """Return the ids of the shipped rules, after which their files are named."""
    from amlaudit.rulebook.packs import rule_files  # noqa: PLC0415 - slow to load

    files = rule_files(shipped("rules"))
    return frozenset(path.stem.partition("_")[0].upper() for path in files)


def _load(
    path: Path, name: str, settings: Mapping[str, ParameterValue]
) -> tuple[Pack, Iterable[Rule]]:
    """Return a pack and its rules."""
    if path == shipped("rules"):
        return load_shipped(settings)
    from amlaudit.rulebook.packs import load_pack  # noqa: PLC0415 - slow to load

    return _policies_in(path) or load_pack(path, name, settings)


def _policies_in(path: Path) -> tuple[Pack, Iterable[Rule]] | None:
    """Return the Azure Policy definitions in a path as a pack, None if it contains rules."""
    from amlaudit.rulebook.packs import rule_files  # noqa: PLC0415 - slow to load

    if path.is_dir() and next(rule_files(path), None):
        return None
    from amlaudit.rulebook.policy_files import policy_files  # noqa: PLC0415 - rarely used
    from amlaudit.rulebook.policy_rules import load_policies  # noqa: PLC0415 - same

    return load_policies(path) if path.is_file() or policy_files(path) else None


def find_rule(rules: Iterable[Rule], rule_id: str) -> Rule:
    """Return a rule by its id.

    Raises:
        AmlauditError: There is none; the message names the nearest id.
    """
    by_id = {rule.id: rule for rule in rules}
    # Policy definitions go by their names, in which case is free.
    if found := by_id.get(rule_id) or by_id.get(rule_id.upper()):
        return found
    raise AmlauditError(
        "E203",
        f'Unknown rule "{rule_id}".{did_you_mean(rule_id.upper(), by_id)}',
        advice="look it up with `amlaudit rules list`; name a pack of your own with --rules",
        exit_code=Exit.INVALID,
    )


def _named(named: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Yield (path, name) of the shipped pack, then of each named one."""
    yield shipped("rules"), SHIPPED
    for name in named:
        path = pack_folder(name)
        yield path, path.resolve().name if Path(name).exists() else name


def installed_packs() -> tuple[str, ...]:
    """Return the names of the packs that installed distributions offer."""
    return tuple(sorted(_installed()))


def _installed() -> "dict[str, EntryPoint]":
    """Return the entry points of installed packs by name; the first one wins."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to load

    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=_GROUP):
        found.setdefault(point.name, point)
    return found


def pack_folder(name: str) -> Path:
    """Return the folder of a pack: the path itself, the shipped pack, or an installed one.

    Raises:
        AmlauditError: There is none; the message names the nearest.
    """
    if Path(name).exists():
        return Path(name)
    if name == SHIPPED:
        return shipped("rules")
    if point := _installed().get(name):
        return Path(str(point.load()))
    raise AmlauditError(
        "E203",
        f'Unknown rule pack "{name}".{did_you_mean(name, installed_packs())}',
        advice="use a folder, or a pack provided by an installed distribution",
        exit_code=Exit.INVALID,
    )


def _refuse_unknown(settings: Mapping[str, ParameterValue], rules: Iterable[Rule]) -> None:
    """Raise if a setting is for a parameter that no rule has."""
    known = {
        name for rule in rules for key in rule.parameters for name in (key, f"{rule.id}.{key}")
    }
    for name in settings:
        if name not in known:
            raise AmlauditError(
                "E203",
                f'No rule has a parameter "{name}".{did_you_mean(name, known)}',
                exit_code=Exit.INVALID,
            )
