"""Where SARIF results point: to the line that has to change, in an existing file."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.place import Place, place_in
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from amlaudit.reporters import encoded, make
from amlaudit.reporters.inventory import blocks_of, listed, paths_of, stream
from amlaudit.reporters.sarif.names import by_name
from amlaudit.reporters.sarif.repository import Repository
from tests.reporters.samples import (
    HOSTILE,
    followed,
    hostile,
    report_of,
    sample,
    workspace,
)

BICEP: Final = """\
param location string = 'westeurope'

resource fraud 'Microsoft.MachineLearningServices/workspaces@2025-12-01' = {
  name: 'mlw-fraud'
  location: location
  properties: {
    storageAccount: storage.id
    publicNetworkAccess: 'Enabled'
  }
}

resource other 'Microsoft.MachineLearningServices/workspaces@2025-12-01' = {
  name: otherName
  properties: {
    publicNetworkAccess: 'Disabled'
  }
}
"""
TERRAFORM: Final = """\
resource "azurerm_machine_learning_workspace" "fraud" {
  name                          = "mlw-fraud"
  public_network_access_enabled = true
  identity {
    type = "SystemAssigned"
  }
}
"""


def run_of(report: Report, **given: str) -> Any:
    """Return the only run of a report as SARIF."""
    return json.loads(b"".join(encoded(make("sarif", report, given).parts[""])))["runs"][0]


def result_of(run: Any, name: str, rule: str = "AML1201") -> Any:
    """Return the result of a rule on a resource."""
    return next(
        each
        for each in run["results"]
        if each["ruleId"] == rule
        and each["locations"][0]["logicalLocations"][0].get("name") == name
    )


def place_of(result: Any) -> tuple[str, int]:
    """Return the file and the line that a result points to."""
    place = result["locations"][0]["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]["startLine"]


def without_places(report: Report) -> Report:
    """Return a report that does not know where anything is declared."""
    findings = tuple(
        replace(each, resource=replace(each.resource, place=None), waiver=None)
        for each in report.findings
    )
    return replace(report, findings=findings)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository that declares a workspace."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.bicep").write_text(BICEP, "utf-8")
    return tmp_path


def test_a_declared_resource_is_shown_where_it_is_declared() -> None:
    run = run_of(followed(), profile="full")
    assert place_of(result_of(run, "mlw-fraud")) == ("infra/main.bicep", 12)
    assert place_of(result_of(run, "mlw-churn")) == ("amlaudit.yaml", 1)


def test_the_message_links_to_the_other_locations() -> None:
    result = result_of(run_of(followed(), profile="full"), "mlw-fraud")
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "amlaudit.yaml"
    assert related["id"] == 1
    assert result["message"]["text"].endswith(" See also: [put in scope here](1).")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../other/main.tf", "C:/infra/main.tf", "..\\main.tf"]
)
def test_files_outside_the_repository_are_not_pointed_at(path: str, tmp_path: Path) -> None:
    report = sample()
    findings = tuple(
        replace(each, resource=replace(each.resource, place=Place(path, 1)))
        for each in report.findings
    )
    for root in ("", str(tmp_path)):
        run = run_of(replace(report, findings=findings), repository=root)
        assert {place_of(each)[0] for each in run["results"]} == {"amlaudit.yaml"}


def test_lines_that_are_not_there_any_more_are_not_pointed_at(repository: Path) -> None:
    def declared(line: int, property_line: int) -> Report:
        report = sample()
        findings = tuple(
            replace(
                each,
                resource=replace(each.resource, place=Place("infra/main.bicep", line)),
                place=Place("infra/main.bicep", property_line),
            )
            for each in report.findings
        )
        return replace(report, findings=findings)

    def shown(report: Report) -> set[tuple[str, int]]:
        return {place_of(each) for each in run_of(report, repository=str(repository))["results"]}

    assert shown(declared(3, 8)) >= {("infra/main.bicep", 8)}
    assert shown(declared(3, 800)) >= {("infra/main.bicep", 8), ("infra/main.bicep", 3)}
    assert min(line for _, line in shown(declared(-40, -40))) == 1


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.tf").write_text("a\n", "utf-8")
    root = tmp_path / "repository"
    root.mkdir()
    (root / "main.tf").symlink_to(tmp_path / "secret.tf")
    assert Repository(root).lines("main.tf") is None


def test_the_line_of_the_property_is_pointed_at(repository: Path) -> None:
    run = run_of(without_places(followed()), repository=str(repository), profile="full")
    result = result_of(run, "mlw-fraud")
    assert place_of(result) == ("infra/main.bicep", 8)
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startColumn"], region["endLine"], region["endColumn"]) == (5, 8, 35)
    assert region["snippet"]["text"] == "    publicNetworkAccess: 'Enabled'"
    around = result["locations"][0]["physicalLocation"]["contextRegion"]
    assert (around["startLine"], around["endLine"]) == (6, 10)
    assert around["snippet"]["text"].count("\n") == 4


def test_an_unset_property_is_located_at_the_declaration(repository: Path) -> None:
    run = run_of(without_places(followed()), repository=str(repository), profile="full")
    result = result_of(run, "mlw-fraud", "AML1301")
    assert place_of(result) == ("infra/main.bicep", 3)


def test_github_is_shown_no_snippets(repository: Path) -> None:
    run = run_of(without_places(followed()), repository=str(repository))
    assert place_of(result_of(run, "mlw-fraud")) == ("infra/main.bicep", 8)
    assert "snippet" not in json.dumps(run)


def test_terraform_spells_properties_in_words(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(TERRAFORM, "utf-8")
    repository = Repository(tmp_path)
    declared = Place("main.tf", 1)
    assert repository.at_property(declared, ["properties.publicNetworkAccess"]).line == 3
    assert repository.at_property(declared, ["identity.type"]).line == 5
    assert repository.at_property(declared, ["properties.hbiWorkspace"]).line == 1
    assert repository.at_property(declared, ["properties.x", "identity"]).line == 4


def test_a_declaration_ends_at_its_stated_line(tmp_path: Path) -> None:
    (tmp_path / "main.bicep").write_text(BICEP, "utf-8")
    repository = Repository(tmp_path)
    ending = Place("main.bicep", 12, end_line=13)
    assert repository.at_property(ending, ["properties.publicNetworkAccess"]).line == 12


def test_a_declaration_that_is_not_there_any_more_is_not_pointed_at(repository: Path) -> None:
    (repository / "infra" / "main.bicep").write_text("// moved\n", "utf-8")
    run = run_of(followed(), repository=str(repository), profile="full")
    assert place_of(result_of(run, "mlw-fraud")) == ("amlaudit.yaml", 1)


def test_secrets_beside_the_line_are_not_shown(repository: Path) -> None:
    text = BICEP.replace(
        "    storageAccount: storage.id",
        "    tags: { login: 'me', adminPassword: 'hunter2' }\n"
        "    note: 'DefaultEndpointsProtocol=https;AccountKey=hunter2hunter2=='\n"
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ",
    )
    (repository / "infra" / "main.bicep").write_text(text, "utf-8")
    shown = json.dumps(
        run_of(without_places(followed()), repository=str(repository), profile="full")
    )
    assert "hunter2" not in shown
    assert "MIIEvQ" not in shown
    assert "redacted" in shown


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"main.bicep": BICEP}, Place("main.bicep", 3)),
        ({"main.tf": TERRAFORM}, Place("main.tf", 1)),
        ({"p.bicepparam": "param workspaceName = 'MLW-Fraud'\n"}, Place("p.bicepparam", 1)),
        ({"m.bicep": "param name string = 'mlw-fraud'\n"}, Place("m.bicep", 1)),
        ({"dev.tfvars": 'workspace_name = "mlw-fraud"\n'}, Place("dev.tfvars", 1)),
        ({"a/main.bicep": BICEP, "b/main.tf": TERRAFORM}, None),
        ({"m.bicep": "var title = 'mlw-fraud'\n"}, None),
        ({"m.bicep": "param name string = 'mlw-${env}'\n"}, None),
        ({".hidden/main.bicep": BICEP}, None),
        ({"report.json": '{"name": "mlw-fraud"}'}, None),
    ],
)
def test_a_name_that_is_given_once_tells_the_declaration(
    tmp_path: Path, files: dict[str, str], found: Place | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    resources = [each.resource for each in without_places(sample()).findings]
    places = by_name(Repository(tmp_path), resources)
    assert list(places.values()) == ([found] if found else [])
    assert all(each.endswith("/mlw-fraud") for each in places)


def test_an_ambiguous_name_gives_no_location(repository: Path) -> None:
    resources = [each.resource for each in without_places(sample()).findings]
    twin = next(each for each in resources if each.name == "mlw-fraud")
    elsewhere = replace(twin, id=twin.id.replace("rg-ml", "rg-other"))
    assert by_name(Repository(repository), [*resources, elsewhere]) == {}


def test_a_tag_gives_the_location_of_the_declaration(repository: Path) -> None:
    tags = {"Amlaudit-Source": "infra/main.bicep:12", "owner": "a"}
    report = report_of((workspace("mlw-tagged", {}, tags=tags), workspace("mlw-bare", {})))
    run = run_of(report, repository=str(repository))
    assert place_of(result_of(run, "mlw-tagged")) == ("infra/main.bicep", 15)
    assert place_of(result_of(run, "mlw-bare"))[0] == "amlaudit.yaml"


@pytest.mark.parametrize("tags", [None, [], {"amlaudit-source": 7}, {"amlaudit-source": "nowhere"}])
def test_a_tag_without_a_location_is_ignored(tags: object) -> None:
    (finding, *_) = report_of((workspace("mlw-odd", {}, tags=tags),)).findings
    assert finding.resource.place is None


@pytest.mark.parametrize("text", ["", "main.tf", "main.tf:0", ":3", "a\nb:3", "main.tf:x", 3])
def test_only_a_file_and_a_line_are_a_place(text: object) -> None:
    assert place_in(text) is None


def locations_in(folder: Path, text: str) -> str:
    """Return the path of a file that says where resources are declared."""
    path = folder / "amlaudit.locations.yaml"
    path.write_text(f"version: 1\nlocations:\n{text}", "utf-8")
    return str(path)


def test_people_can_say_where_resources_are_declared(repository: Path) -> None:
    written = locations_in(
        repository,
        '  "*/workspaces/mlw-fraud": infra/main.bicep:12\n  "*": infra/main.bicep:1\n',
    )
    run = run_of(followed(), repository=str(repository), locations=written, profile="full")
    assert place_of(result_of(run, "mlw-fraud")) == ("infra/main.bicep", 15)
    assert place_of(result_of(run, "mlw-churn")) == ("infra/main.bicep", 1)


def test_a_missing_location_is_reported(repository: Path) -> None:
    written = locations_in(repository, '  "*": infra/main.bicep:999\n')
    for profile in ("github", "full"):
        given = {"repository": str(repository), "locations": written, "profile": profile}
        assert make("sarif", sample(), given).notes[0] == (
            "amlaudit.locations.yaml:3:8 line infra/main.bicep:999 does not exist; "
            "no result points to it"
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('  "*": infra/main.bicep\n', "amlaudit.locations.yaml:3:8 expected a file and a line"),
        ("  - a\n", "amlaudit.locations.yaml:3:3 expected a mapping of keys to values"),
        ('  "*": a:1\n  "*": b:1\n', 'amlaudit.locations.yaml:4:3 duplicate key "*"'),
        ("  a: b:1\nlocation: {}\n", 'unknown key "location" in a locations file.'),
    ],
)
def test_a_wrong_file_of_locations_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AmlauditError) as caught:
        run_of(sample(), locations=locations_in(tmp_path, text))
    assert message in caught.value.message
    assert (caught.value.code, caught.value.exit_code) == ("E201", Exit.INVALID)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "scope:\n  subscriptions:\n    - ML Production\n  workspaces: [MLW-fraud]\n",
            4,
        ),
        ("scope:\n  resource_groups:\n    - rg-ml\n    - rg-ml-2\n", 3),
        ("scope:\n  subscriptions:\n    - 00000000-0000-0000-0000-000000000001\n", 3),
        ("scope:\n  subscriptions:\n    - ML Production\nreports: [mlw-fraud]\n", 1),
        ("fail_on: high\nscope: {subscriptions: [rg-ml]}\n", 2),
        ("fail_on: high\n", 1),
        ("[tool.amlaudit]\n[tool.amlaudit.scope]\nworkspaces = ['mlw-fraud']\n[rg-ml]\n", 3),
        ("[tool.amlaudit.scope]\nmanagement_groups = ['mg']\n[tool.other]\na = 'rg-ml'\n", 1),
    ],
)
def test_the_line_is_pointed_at_that_puts_a_resource_in_scope(
    tmp_path: Path, text: str, line: int
) -> None:
    (tmp_path / "amlaudit.yaml").write_text(text, "utf-8")
    run = run_of(sample(), repository=str(tmp_path))
    assert place_of(result_of(run, "mlw-fraud")) == ("amlaudit.yaml", line)


def test_the_selected_mode_puts_everything_in_scope(tmp_path: Path) -> None:
    text = "scope:\n  exclude: []\n  subscriptions:\n    - ML Production\n"
    (tmp_path / "amlaudit.yaml").write_text(text, "utf-8")
    report = sample()
    scope = Scope(subscriptions=("ML Production",))
    asked = replace(report, collection=replace(report.collection, scope=scope))
    places = {place_of(each) for each in run_of(asked, repository=str(tmp_path))["results"]}
    assert places == {("amlaudit.yaml", 4)}


def test_results_point_into_the_inventory(tmp_path: Path) -> None:
    path = tmp_path / "amlaudit.inventory.yaml"
    text = "".join(stream(followed()))
    path.write_text(text, "utf-8")
    run = run_of(followed(), inventory=str(path), profile="full")
    uri, line = place_of(result_of(run, "mlw-churn"))
    assert uri.endswith("amlaudit.inventory.yaml")
    assert text.splitlines()[line - 1] == '    - "properties.publicNetworkAccess"'
    assert place_of(result_of(run, "mlw-fraud")) == ("infra/main.bicep", 12)
    only = run_of(followed(), inventory=str(path), location="inventory", profile="full")
    assert place_of(result_of(only, "mlw-fraud"))[0] == uri
    config = run_of(followed(), inventory=str(path), location="config", profile="full")
    assert place_of(result_of(config, "mlw-fraud")) == ("amlaudit.yaml", 1)
    assert len(result_of(config, "mlw-fraud")["relatedLocations"]) == 2


def test_a_missing_inventory_is_reported() -> None:
    with pytest.raises(AmlauditError, match=r"E302 Cannot read inventory none\.yaml"):
        run_of(sample(), inventory="none.yaml")


def test_the_inventory_lists_every_resource_once_by_id() -> None:
    blocks = blocks_of("".join(stream(sample())))
    assert list(blocks) == sorted({each.resource.id for each in sample().findings})
    assert len(blocks_of("".join(stream(hostile())))) == len(HOSTILE)


def test_the_inventory_names_properties_and_no_values() -> None:
    resource = workspace("mlw-a", {"publicNetworkAccess": "Enabled", "nested": {"key": "value"}})
    (finding, *_) = report_of((resource,)).findings
    text = "".join(listed([(finding.resource, paths_of(resource))]))
    assert '    - "properties.nested"\n    - "properties.publicNetworkAccess"\n' in text
    assert "Enabled" not in text
    assert "value" not in text
