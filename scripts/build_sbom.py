"""Prints the contents of an installation as CycloneDX 1.6: amlaudit and every package in the lock.

The same lock gives the same output, byte for byte. Usage: python scripts/build_sbom.py
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from amlaudit import __version__

ROOT: Final = Path(__file__).parents[1]
_PACKAGE: Final = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?:\s*;\s*(.*?))?\s*\\?$")
_USED_BY: Final = re.compile(
    r"^\s+#\s+(?:via\s+)?(?!via$)([A-Za-z0-9._-]+)(?: \(pyproject.toml\))?$"
)
_OURS: Final = "amlaudit"


def components(lock: str) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield (component, names of its dependents) for the packages in a lock."""
    component: dict[str, Any] = {}
    needed_by: list[str] = []
    for line in lock.splitlines():
        if package := _PACKAGE.match(line):
            if component:
                yield component, needed_by
            component, needed_by = _component(package[1], package[2], package[3]), []
        elif user := _USED_BY.match(line):
            needed_by.append(user[1])
    if component:
        yield component, needed_by


def _component(name: str, version: str, condition: str | None) -> dict[str, Any]:
    """Return the component of a package."""
    reference = _reference(name, version)
    found = {"type": "library", "bom-ref": reference, "name": name, "version": version}
    found |= {"purl": reference, "scope": "optional" if condition else "required"}
    return found


def _reference(name: str, version: str) -> str:
    """Return the package URL, see https://github.com/package-url/purl-spec."""
    return f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"


def sbom(lock: str) -> dict[str, Any]:
    """Return the bill of materials of a lock."""
    found = list(components(lock))
    names = {each["name"]: each["bom-ref"] for each, _ in found}
    names[_OURS] = _reference(_OURS, __version__)
    needs: dict[str, list[str]] = {reference: [] for reference in names.values()}
    for each, users in found:
        for user in users:
            needs[names[user]].append(each["bom-ref"])
    ours = {"type": "application", "bom-ref": names[_OURS], "name": _OURS, "version": __version__}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid5(NAMESPACE_URL, lock + __version__).urn,
        "version": 1,
        "metadata": {"component": {**ours, "purl": names[_OURS]}},
        "components": [each for each, _ in found],
        "dependencies": [
            {"ref": reference, "dependsOn": sorted(set(each))}
            for reference, each in sorted(needs.items())
        ],
    }


if __name__ == "__main__":
    whole = sbom((ROOT / "requirements.lock").read_text("utf-8"))
    sys.stdout.write(json.dumps(whole, indent=2) + "\n")
