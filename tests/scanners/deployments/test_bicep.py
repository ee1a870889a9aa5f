"""Bicep sources are compiled if the compiler is installed; otherwise the error says what to do."""

import json
import os
from pathlib import Path

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.relations import KEY_VAULT
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.templates import nested, template, vault

SOURCE = """// a vault, and another in a module
param name string

resource kv 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
}

module more 'more.bicep' = {
  name: 'more'
}
"""
TEMPLATE = template(
    languageVersion="2.0",
    parameters={"name": {"type": "string"}},
    resources={
        "kv": vault("[parameters('name')]"),
        "more": nested("more", template(languageVersion="2.0", resources={"kv": vault("kv-more")})),
    },
)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder on the search path for programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin{os.pathsep}/usr/bin")
    monkeypatch.setattr(
        "amlaudit.scanners.deployments.bicep.which",
        lambda name: str(folder / name) if (folder / name).exists() else None,
    )
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)


def printing(folder: Path, value: object) -> str:
    (folder / "printed.json").write_text(json.dumps(value), "utf-8")
    return f'echo "$@" > "{folder}/called"; cat "{folder}/printed.json"'


def test_a_source_is_compiled_and_findings_have_its_lines(tmp_path: Path, install: Path) -> None:
    program(install, "bicep", printing(install, TEMPLATE))
    path = tmp_path / "main.bicep"
    path.write_text(SOURCE, "utf-8")
    estate = Files((path,)).collect(Scope())
    places = {each.name: each.place for each in estate.of_type(KEY_VAULT)}
    assert [(place.line, place.address) for place in places.values() if place] == [
        (8, "more"),
        (4, "kv"),
    ]
    assert all(place and place.path.endswith("main.bicep") for place in places.values())
    assert (install / "called").read_text("utf-8").split() == ["build", str(path), "--stdout"]
    estate.close()


def test_a_parameters_file_brings_its_values(tmp_path: Path, install: Path) -> None:
    printed = {
        "templateJson": json.dumps(TEMPLATE),
        "parametersJson": json.dumps({"parameters": {"name": {"value": "kv-given"}}}),
    }
    program(install, "az", printing(install, printed))
    (tmp_path / "main.bicep").write_text(SOURCE, "utf-8")
    path = tmp_path / "main.bicepparam"
    path.write_text("using './main.bicep'\nparam name = 'kv-given'\n", "utf-8")
    estate = Files((path,)).collect(Scope())
    places = {each.name: each.place for each in estate.of_type(KEY_VAULT)}
    assert sorted(places) == ["kv-given", "kv-more"]
    assert str(places["kv-given"]).endswith("main.bicep:4")
    assert (install / "called").read_text("utf-8").split() == [
        "bicep", "build-params", "--file", str(path), "--stdout"
    ]  # fmt: skip
    estate.close()


def test_what_the_compiler_printed_of_a_parameters_file_is_read_without_it(tmp_path: Path) -> None:
    path = tmp_path / "printed.json"
    parameters = {"parameters": {"name": {"value": "kv-given"}}}
    printed = {"templateJson": json.dumps(TEMPLATE), "parametersJson": json.dumps(parameters)}
    path.write_text(json.dumps({**printed, "templateSpecId": None}), "utf-8")
    estate = Files((path,)).collect(Scope())
    assert sorted(each.name for each in estate.of_type(KEY_VAULT)) == ["kv-given", "kv-more"]
    estate.close()


def test_a_duplicate_key_in_printed_output_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "printed.json"
    path.write_text(json.dumps({"templateJson": '{"a":1,"a":2}', "parametersJson": "{}"}), "utf-8")
    with pytest.raises(AmlauditError) as refused:
        Files((path,)).collect(Scope())
    assert "duplicate key 'a'" in str(refused.value.cause)


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (None, "neither bicep nor az is installed"),
        ("echo 'x.bicep(1,1) : Error BCP007: wrong' >&2; exit 1", "Error BCP007: wrong"),
        ("echo nonsense", "the compiler printed no template"),
    ],
)
def test_compile_errors_are_reported_with_a_remedy(
    tmp_path: Path, install: Path, script: str | None, cause: str
) -> None:
    if script:
        program(install, "bicep", script)
    path = tmp_path / "main.bicep"
    path.write_text(SOURCE, "utf-8")
    with pytest.raises(AmlauditError) as caught:
        Files((path,)).collect(Scope())
    assert caught.value.code == "E308"
    assert cause in caught.value.cause
    assert caught.value.advice.endswith("pass the JSON: bicep build main.bicep")
    assert caught.value.exit_code == Exit.INPUT_OUTPUT
