"""Every command shown in the documentation runs as written, against a loopback Azure.

The commands of a page run one after the other in a folder with the files that its readers have.
"""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.demo.source import READ_AT, documents
from tests.contract.test_command_line import AZ
from tests.engine.policy.policies import policy
from tests.loopback.aging import shifted
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.credential import LoopbackCredential
from tests.rulebook.test_packs import pack
from tests.rulebook.test_yaml_rules import RULE
from tests.test_commands_in_documents import PAGES, commands_in, words_of
from tests.test_tutorials import WRITTEN

VAULT: Final = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
LEFT_OUT: Final = {
    "--cloud": "another cloud answers there",
    "ENDPOINT": "stands for an address that the page tells how to find",
}
"""Words in commands that cannot run here, and why."""
RUN_HERE: Final = [each for each in PAGES if not WRITTEN.get(each.name)]
"""All pages but tutorials whose readers write files first: `test_tutorials` runs those."""
WORKED: Final = (Exit.PASS, Exit.FAIL, Exit.INCOMPLETE)


def runnable(page: Path) -> list[list[str]]:
    """Return the words of the commands on a page that can be run here."""
    several = (words_of(each) for each in commands_in(page))
    return [each for each in several if LEFT_OUT.keys().isdisjoint(each) and not asks(each)]


def asks(words: list[str]) -> bool:
    """Tell whether a command prompts a person at a terminal."""
    return words[:2] == ["checklist", "fill"] and {"--answers", "--set"}.isdisjoint(words)


def written(path: Path, value: object) -> None:
    """Write JSON, and create the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a folder with everything that readers have: reports, deployments, their own rules."""
    folder, demo = tmp_path_factory.mktemp("owned"), tmp_path_factory.mktemp("demo")
    assert run(["demo", "--out", str(demo)]) == Exit.PASS
    for name in ("report.json", "last-week.json", "today.json"):
        shutil.copy(demo / "report.json", folder / name)
    for name in ("estate.db", "live.db"):
        shutil.copy(demo / "estate.db", folder / name)
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    vault = {"type": "Microsoft.KeyVault/vaults", "name": "kv", "apiVersion": "2023-07-01"}
    template = {"$schema": schema, "contentVersion": "1.0.0.0", "resources": [vault]}
    parameters = {"$schema": schema.replace("Template", "Parameters"), "parameters": {}}
    for place in (folder, folder / "infra"):
        written(place / "main.json", template)
    written(folder / "infra" / "prod.parameters.json", parameters)
    change = {"resourceId": VAULT, "changeType": "Create", "after": {"id": VAULT, **vault}}
    written(folder / "what-if.json", {"status": "Succeeded", "changes": [change]})
    group = {"address": "azurerm_resource_group.g", "type": "azurerm_resource_group"}
    values = {**group, "mode": "managed", "name": "g", "values": {"name": "g", "location": "x"}}
    planned = {"planned_values": {"root_module": {"resources": [values]}}}
    written(folder / "plan.json", {"format_version": "1.2", "resource_changes": [], **planned})
    written(folder / "my-policies" / "one.json", policy({"field": "type", "equals": "x"}))
    pack(folder / "my-rules", aml9001_holds=RULE)
    (folder / "contoso.yaml").write_text("extends: enterprise\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve the embedded estate, as if it had just been read."""
    age = datetime.now(UTC) - READ_AT
    served = [shifted(each, age) for _, several in documents() for each in several]
    with LoopbackAzure(certificates, served) as opened:
        yield opened


@pytest.fixture
def here(
    azure: LoopbackAzure, owned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Run in a copy of that folder, signed in."""
    az = tmp_path / "bin" / "az"
    az.parent.mkdir()
    az.write_text(AZ.format(token=LoopbackCredential().get_token().token), "utf-8")
    az.chmod(0o755)
    monkeypatch.setenv("PATH", f"{az.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    monkeypatch.setenv("AMLAUDIT_CLOUD", azure.endpoint)
    folder = tmp_path / "here"
    shutil.copytree(owned, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    "page", [each for each in RUN_HERE if runnable(each)], ids=lambda at: at.name
)
def test_the_commands_of_a_page_run_as_they_are_written(
    page: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here.is_dir()
    for words in runnable(page):
        code = run(words)
        assert code in WORKED, f"{' '.join(words)}: {capsys.readouterr().err}"
        capsys.readouterr()


def test_most_of_what_is_shown_is_run() -> None:
    shown = sum(len(list(commands_in(page))) for page in RUN_HERE)
    assert sum(len(runnable(page)) for page in RUN_HERE) > 0.9 * shown
