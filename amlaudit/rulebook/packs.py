"""Rule packs: a folder with one folder per area, one rule per file and its cases next to it."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Pack
from amlaudit.core.rule import Rule
from amlaudit.rulebook.arm_properties import api_version_of
from amlaudit.rulebook.companion_reader import completed
from amlaudit.rulebook.manifest import manifest_of
from amlaudit.rulebook.parameter_reader import with_settings
from amlaudit.rulebook.portal import companions_way, portal_way
from amlaudit.rulebook.python_rules import read_python_rule
from amlaudit.rulebook.yaml_rules import read_yaml_rule
from amlaudit.sizes import LARGEST_SOURCE, bytes_of

CASES_SUFFIX = ".cases.yaml"


def load_pack(
    folder: Path, name: str, settings: Mapping[str, ParameterValue] = MappingProxyType({})
) -> tuple[Pack, tuple[Rule, ...]]:
    """Return a pack and its rules, by id, with the parameters that a profile sets.

    One bad rule stops its whole pack, never just the rule: a rule that is silently left out would
    be a check that nobody made.

    Raises:
        AmlauditError: A rule is invalid or misnamed, or two have the same id.
    """
    rules: dict[str, Rule] = {}
    digest = sha256()
    _refuse_misnamed(folder)
    for path in rule_files(folder):
        shown_as = path.relative_to(folder).as_posix()
        content = bytes_of(path, LARGEST_SOURCE)
        digest.update(_signature(shown_as, content))
        found = read_rule(path, content, shown_as, settings)
        if twin := rules.get(found.id):
            raise AmlauditError(
                "E201",
                f"{shown_as}:1:1 rule {found.id} is already defined by {twin.path}",
                exit_code=Exit.INVALID,
            )
        rules[found.id] = found
    if not rules:
        raise AmlauditError(
            "E201",
            f"{folder} contains no rules",
            advice="use the folder of a pack, with one folder per area",
            exit_code=Exit.INVALID,
        )
    by_id = tuple(rules[key] for key in sorted(rules))
    manifest = manifest_of(folder)
    return Pack(name, digest.hexdigest(), manifest.version if manifest else ""), by_id


def _refuse_misnamed(folder: Path) -> None:
    """Raise if a file looks like a rule to people, but has a suffix that is not read."""
    for path in sorted(folder.glob("*/*.yml")):
        raise AmlauditError(
            "E201",
            f"{path.relative_to(folder).as_posix()}:1:1 files of rules and cases end in .yaml",
            advice="rename it",
            exit_code=Exit.INVALID,
        )


def hash_of(folder: Path) -> str:
    """Return the hash of a pack: over the names and bytes of its rule files."""
    digest = sha256()
    for path in rule_files(folder):
        content = bytes_of(path, LARGEST_SOURCE)
        digest.update(_signature(path.relative_to(folder).as_posix(), content))
    return digest.hexdigest()


def _signature(shown_as: str, content: bytes) -> bytes:
    """Return what a rule file contributes to the hash of its pack."""
    return f"{shown_as}\0{len(content)}\0".encode() + content


def rule_files(folder: Path) -> Iterator[Path]:
    """Yield the rule files of a pack, without case files, by name."""
    for path in sorted(folder.glob("*/*")):
        is_yaml = path.suffix == ".yaml" and not path.name.endswith(CASES_SUFFIX)
        if is_yaml or path.suffix == ".py":
            yield path


def cases_of(rule_file: Path) -> Path:
    """Return the case file of a rule file."""
    return rule_file.with_name(rule_file.stem + CASES_SUFFIX)


def read_rule(
    path: Path, content: bytes, shown_as: str, settings: Mapping[str, ParameterValue]
) -> Rule:
    """Return the rule of one file, which must be named after its id."""
    if path.suffix == ".py":
        found = read_python_rule(path, content, shown_as, path.parent.name)
        found = replace(found, parameters=with_settings(found.parameters, found.id, settings))
    else:
        found = read_yaml_rule(path, shown_as, path.parent.name, settings)
    values = {name: each.value for name, each in found.parameters.items()}
    way = portal_way(found.type_name, found.fix.settings)
    fix = replace(
        found.fix,
        portal=way or companions_way(found.type_name, found.fix.companions),
        companions=tuple(completed(each, values) for each in found.fix.companions),
    )
    found = replace(found, api_version=api_version_of(found.applies_to), fix=fix)
    if not path.stem.startswith(f"{found.id.lower()}_"):
        raise AmlauditError(
            "E201",
            f"{shown_as}:1:1 the file of rule {found.id} must be named {found.id.lower()}_…",
            exit_code=Exit.INVALID,
        )
    return found
