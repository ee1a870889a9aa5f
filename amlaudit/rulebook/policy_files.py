"""Reads Azure Policy definitions and policy sets from files.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics
https://learn.microsoft.com/azure/governance/policy/concepts/initiative-definition-structure
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError
from amlaudit.core.path import describe
from amlaudit.engine.policy.definition import (
    Absent,
    PolicyDefinition,
    check_expressions,
    read_definition,
    read_parameters,
    unescape,
)
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.rulebook.policy_assignments import (
    Assignment,
    as_assigned,
    assignment_of,
    is_version,
    with_exemptions,
)
from amlaudit.rulebook.policy_documents import (
    ENDINGS,
    beside,
    documents_in,
    invalid_policy,
    is_part,
    name_of,
    named_after,
    read_json,
    stem_of,
    with_parameters,
)
from amlaudit.rulebook.policy_exemptions import exemption_of
from amlaudit.rulebook.policy_places import Places
from amlaudit.rulebook.policy_selectors import folded, name_in, properties_of
from amlaudit.rulebook.policy_template_values import is_computed
from amlaudit.rulebook.policy_templates import computed_in

_POLICY: Final = frozenset({"policyrule", "policydefinitions"})


def policy_files(path: Path, definitions: "Definitions | None" = None) -> list[Path]:
    """Return the files in a path that contain policy definitions, or assign some that none does.

    Other files in a folder are skipped, and so is a separate rule file whose rule is also in the
    definition next to it. A file that is not valid JSON may have been meant as one and is kept.

    Args:
        path: The folder or file.
        definitions: What lies in the folder, if it was read before.
    """
    if not path.is_dir():
        return [path]
    known = definitions or Definitions(path)
    return [each for each in json_files(path) if _holds_policies(each, known)]


def json_files(folder: Path) -> list[Path]:
    """Return the JSON files in and under a folder, with or without comments in them."""
    return sorted(each for each in folder.rglob("*.json*") if each.suffix in ENDINGS)


class Definitions:
    """The definitions in and under a folder, for sets to refer to, assignments and exemptions."""

    def __init__(self, folder: Path) -> None:
        """Take a folder, which is read only when a set is."""
        self._folder = folder
        self._places: dict[Path, Places] = {}

    def place_of(self, path: Path) -> str:
        """Return the path of a file relative to the folder, its name if it is elsewhere."""
        is_inside = path.is_relative_to(self._folder)
        return path.relative_to(self._folder).as_posix() if is_inside else path.name

    def spot(self, path: Path, name: str, at: str) -> str:
        """Return a file with line and column of something in one of its policies.

        See `Places.spot`. A file is parsed for that once, however many problems it has.
        """
        if path not in self._places:
            self._places[path] = Places(path, self.place_of(path))
        return self._places[path].spot(name, at)

    def named(self, name: str) -> tuple[Mapping[str, Any], Path] | None:
        """Return a definition by its name without case, and its file; None: it is not here."""
        return self._by_name.get(name.lower())

    def assigned(self, name: str, *, is_set: bool) -> Sequence[Assignment]:
        """Return the assignments of a definition or a set, by its name without case."""
        found = self.assignments.get(name.lower(), ())
        return [each for each in found if each.is_of_set in (is_set, None)]

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Mapping[str, Any], Path]]:
        """By lower-case name; anything else is skipped: a folder may contain anything."""
        return {
            name_of(document, file).lower(): (document, file)
            for document, file in self._all
            if _is_definition(document) and not _is_set(document)
        }

    def lacks(self, assignment: Assignment) -> bool:
        """Tell whether what an assignment assigns is nowhere here."""
        kinds = (True, False) if assignment.is_of_set is None else (assignment.is_of_set,)
        return not any((assignment.of, kind) in self._defined for kind in kinds)

    @cached_property
    def _defined(self) -> frozenset[tuple[str, bool]]:
        """The lower-case names of definitions and sets, each with whether it is one of a set."""
        return frozenset(
            (name_of(document, file).lower(), _is_set(document))
            for document, file in self._all
            if _is_definition(document)
        )

    @cached_property
    def assignments(self) -> Mapping[str, Sequence[Assignment]]:
        """The assignments with their exemptions, by the lower-case name of what they assign."""
        found: dict[str, list[Assignment]] = {}
        read = (exemption_of(document, file.stem) for document, file in self._all)
        exemptions = tuple(filter(None, read))
        for document, file in self._all:
            if each := assignment_of(document, file.stem):
                found.setdefault(each.of, []).append(with_exemptions(each, exemptions))
        return found

    @cached_property
    def _all(self) -> Sequence[tuple[Mapping[str, Any], Path]]:
        """The JSON objects that may be definitions, sets or assignments, each with its file."""
        found: list[tuple[Mapping[str, Any], Path]] = []
        for file in json_files(self._folder):
            try:
                whole = with_parameters(read_json(file), file)
                found += [(document, file) for document in documents_in(whole)]
            except (AmlauditError, DefinitionError):
                continue
        return found


def read_policies(path: Path) -> tuple[PolicyDefinition, ...]:
    """Return the definitions of a file that are available; see `policies_of`."""
    return tuple(each for each in policies_of(path) if isinstance(each, PolicyDefinition))


def policies_of(
    path: Path, definitions: Definitions | None = None
) -> tuple[PolicyDefinition | Absent, ...]:
    """Return the definitions of a file: its own, or those that its policy set refers to.

    A file contains one definition, a list of them (`az policy definition list`), a response of the
    REST API, a template that deploys them, or a rule with its parameters in a file next to it.

    Args:
        path: The file.
        definitions: Where the definitions of a set are found; None: in and under its folder.

    Raises:
        AmlauditError: The file is none of these; the message names file and JSON path.
    """
    found: list[PolicyDefinition | Absent] = []
    for each in policies_in(path, definitions):
        if isinstance(each, AmlauditError):
            raise each
        found.append(each)
    return tuple(found)


def policies_in(
    path: Path, definitions: Definitions | None = None
) -> Iterator[PolicyDefinition | Absent | AmlauditError]:
    """Yield the definitions of a file, with its error in place of each that is invalid.

    Args:
        path: The file.
        definitions: See `policies_of`.

    Raises:
        AmlauditError: The file cannot be read, or is not JSON.
    """
    known = definitions or Definitions(path.parent)
    place = known.place_of(path)
    found = with_parameters(read_json(path, place), path)
    try:
        documents = list(documents_in(found))
    except DefinitionError as error:
        yield invalid_policy(f"{place}: {error}")
        return
    for document in documents:
        name = name_of(document, path)
        called = f": {name}" if len(documents) > 1 else ""
        for each in _with_errors(_judged(document, path, known)):
            if isinstance(each, DefinitionError):
                yield invalid_policy(f"{known.spot(path, name, each.at)}{called}: {each}")
            else:
                yield each


def _with_errors(
    policies: Iterator[PolicyDefinition | Absent | DefinitionError],
) -> Iterator[PolicyDefinition | Absent | DefinitionError]:
    """Yield policies, then the error that ends them if there is one."""
    try:
        yield from policies
    except DefinitionError as error:
        yield error


def _judged(
    document: Mapping[str, Any], path: Path, known: Definitions
) -> Iterator[PolicyDefinition | Absent | DefinitionError]:
    """Yield what a JSON object of a file has judged: definitions, or ones that are not here."""
    if assignment := assignment_of(document, path.stem):
        if known.lacks(assignment):
            what = "set" if assignment.is_of_set else "definition"
            why = f"no file in the folder holds the {what} {assignment.of} that it assigns"
            yield Absent(assignment.name, why)
    elif not exemption_of(document, ""):
        assignments = known.assigned(name_of(document, path), is_set=_is_set(document))
        for policy in _read(document, path, known):
            if isinstance(policy, PolicyDefinition):
                yield from as_assigned(policy, assignments, _version_of(document))
            else:
                yield policy


def _holds_policies(path: Path, known: Definitions) -> bool:
    """Tell whether a file contains policy definitions, assigns absent ones, or cannot be read."""
    try:
        found = read_json(path)
        if is_part(found):
            whole = beside(path, stem_of(path))
            return whole is None or not _holds_policies(whole, known)
        return any(
            _is_definition(each) or ((own := assignment_of(each, "")) and known.lacks(own))
            for each in documents_in(found)
        )
    except AmlauditError:
        return True
    except DefinitionError:
        return False


def _is_definition(document: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is meant as a policy definition or a policy set."""
    inner = folded(document).get("properties")
    return computed_in(document).lower() in _POLICY | {"properties"} or any(
        key.lower() in _POLICY for key in (inner if isinstance(inner, Mapping) else document)
    )


def _is_set(document: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is a policy set; a definition may have the same name."""
    keys = folded(document)
    is_called_so = str(keys.get("type", "")).lower().endswith("policysetdefinitions")
    return is_called_so or "policydefinitions" in properties_of(keys)


def _read(
    document: Mapping[str, Any], path: Path, definitions: Definitions
) -> Iterator[PolicyDefinition | Absent | DefinitionError]:
    """Yield the definition in a document, or those that a set refers to, or what is wrong there."""
    if key := computed_in(document):
        yield Absent(name_of(document, path), _only_deployed(key))
        return
    keys = folded(document)
    inner = keys.get("properties")
    properties = folded(unescape(inner if isinstance(inner, Mapping) else document))
    if "policydefinitions" not in properties:
        yield read_definition(document, named_after(path))
        return
    yield from _members(properties, name_of(document, path), definitions)


def _members(
    properties: Mapping[str, Any], name: str, definitions: Definitions
) -> Iterator[PolicyDefinition | Absent | DefinitionError]:
    """Yield the definitions that a set refers to, or what is wrong with a reference.

    Args:
        properties: The properties of the set, keys lower case.
        name: Its name.
        definitions: Where the definitions are found.
    """
    references = properties["policydefinitions"]
    if not isinstance(references, list):
        raise DefinitionError("properties.policyDefinitions", "must be a list")
    outer = read_parameters(properties.get("parameters"), "properties.parameters")
    for place, reference in enumerate(references):
        at = f"properties.policyDefinitions[{place}]"
        if is_computed(reference):
            yield Absent(f"{name}/{place}", _only_deployed(at))
            continue
        if not isinstance(reference, Mapping):
            raise DefinitionError(at, f"must be an object, not {describe(reference)}")
        try:
            member = _member(folded(reference), at, definitions)
        except DefinitionError as error:
            yield error
        else:
            yield member if isinstance(member, Absent) else replace(member, outer=outer)


def _only_deployed(key: str) -> str:
    """Return why a value computed by a template is not known."""
    return f"{key} is computed by the template, which only a deployment does"


def _member(
    reference: Mapping[str, Any], at: str, definitions: Definitions
) -> PolicyDefinition | Absent:
    """Return the definition that a set refers to, with the values that it passes on.

    Sets kept as code refer to it by name instead of by id:
    https://azure.github.io/enterprise-azure-policy-as-code/policy-set-definitions/
    """
    spelled = reference.get("policydefinitionid") or reference.get("policydefinitionname")
    name = name_in(str(spelled or ""))
    if not name:
        raise DefinitionError(at, "policyDefinitionId is needed")
    own = str(reference.get("policydefinitionreferenceid") or name)
    found = definitions.named(name)
    if found is None or computed_in(found[0]):
        return Absent(own, f"no file beside the set or below holds the definition {name}")
    wanted, version = str(reference.get("definitionversion") or ""), _version_of(found[0])
    if not is_version(version, wanted):
        why = f"the set wants version {wanted} of the definition {name}, the file has {version}"
        return Absent(own, why)
    given = reference.get("parameters") or {}
    if is_computed(given):
        return Absent(own, _only_deployed(f"{at}.parameters"))
    if not isinstance(given, Mapping):
        raise DefinitionError(f"{at}.parameters", f"must be an object, not {describe(given)}")
    check_expressions(given, f"{at}.parameters")
    bound = {
        key: folded(each).get("value") if isinstance(each, Mapping) else each
        for key, each in given.items()
    }
    document, file = found
    try:
        definition = read_definition(document, named_after(file))
    except DefinitionError as error:
        place = definitions.place_of(file)
        raise DefinitionError(f"{at}: {place}: {error.at}", error.problem) from None
    return replace(definition, id=own, reference=own, bound=bound)


def _version_of(document: Mapping[str, Any]) -> str:
    """Return the version of a definition, empty if it has none."""
    properties = properties_of(folded(document))
    metadata = properties.get("metadata")
    folded_metadata = folded(metadata) if isinstance(metadata, Mapping) else {}
    return str(properties.get("version") or folded_metadata.get("version") or "")
