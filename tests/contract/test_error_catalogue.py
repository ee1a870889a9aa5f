"""Every error in the catalogue as a user meets it: first line, advice, exit code, no secret.

Each case makes a command fail on purpose, with secrets in everything that it reads: the
environment, the token, the broken files.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import pytest
from msgspec import Struct

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from amlaudit.demo.source import Demo
from amlaudit.sizes import LARGEST_SOURCE
from tests.cli.test_profiles import workspace
from tests.cli.test_waivers import waivers
from tests.contract.test_command_line import AZ
from tests.loopback import estate as small
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.credential import LoopbackCredential
from tests.loopback.ingestion import RULE as RULE_ID
from tests.rulebook.test_packs import pack
from tests.rulebook.test_yaml_rules import RULE

ROOT: Final = Path(__file__).parents[2]
SECRET: Final = "AccountKey=" + "aB3/" * 22
DAY: Final = ("--timestamp", "2026-06-15")
OTHER: Final = "99999999-9999-4999-8999-999999999999"


class Place(Struct, frozen=True):
    """The environment of a case.

    Attributes:
        folder: Everything that is read and written.
        az: The stand-in for the Azure CLI.
        azure: The loopback Azure.
        certificates: Its certificates.
        patch: Undoes what a case changes.
        enter: Enters a context until the end of the case.
    """

    folder: Path
    az: Path
    azure: LoopbackAzure
    certificates: Certificates
    patch: pytest.MonkeyPatch
    enter: Callable[[LoopbackAzure], LoopbackAzure]

    def write(self, name: str, text: str) -> str:
        """Write a file, and return its name."""
        (self.folder / name).write_text(text, "utf-8")
        return name

    def scan(self, *options: str) -> list[str]:
        """Return the scan of a workspace about which nothing else is known."""
        base = ["scan", "--from", workspace(self.folder), "--min-coverage", "0", *DAY]
        return [*base, "--profile", "baseline", *options]

    def live(self, *options: str) -> list[str]:
        """Return the scan of the loopback Azure."""
        return ["scan", "--cloud", self.azure.endpoint, "--fail-on", "never", *options]

    def report(self) -> str:
        """Write a JSON report, and return its name."""
        run(self.scan("--report", "json=report.json"))
        return "report.json"

    def estate(self) -> str:
        """Write the snapshot of the embedded estate, and return its name."""
        Demo(self.folder / "estate.db").collect(Scope()).close()
        return "estate.db"

    def lead_nowhere(self) -> None:
        """Point all traffic to a proxy that does not exist."""
        for name in ("NO_PROXY", "no_proxy"):
            self.patch.delenv(name)
        self.patch.setenv("HTTPS_PROXY", "http://me:password@127.0.0.1:9")

    def says(self, text: str) -> None:
        """Make the Azure CLI fail with a text."""
        self.az.write_text(f"#!/bin/sh\necho 'ERROR: {text} {SECRET}' >&2\nexit 1\n", "utf-8")


Arrange: TypeAlias = Callable[[Place], list[str]]


class Case(NamedTuple):
    """A command that fails.

    Attributes:
        code: The error code.
        exit_code: The exit code of the command.
        first_line: Pattern of the first line after the code.
        arrange: Prepares everything, and returns the command.
    """

    code: str
    exit_code: Exit
    first_line: str
    arrange: Arrange


CASES: list[Case] = []


def case(code: str, exit_code: Exit, first_line: str) -> Callable[[Arrange], Arrange]:
    """Add a case, see `Case`."""

    def added(arrange: Arrange) -> Arrange:
        CASES.append(Case(code, exit_code, first_line, arrange))
        return arrange

    return added


@case("E101", Exit.NO_ACCESS, r"No Azure credential found\. Tried: Azure CLI\.")
def nobody_signed_in(at: Place) -> list[str]:
    at.says("Please run az login to setup account.")
    return at.live("-s", "ML Production")


@case("E102", Exit.NO_ACCESS, r"You are signed in to tenant \S+, not to 9+-")
def another_tenant(at: Place) -> list[str]:
    return at.live("--tenant", OTHER)


@case(
    "E103",
    Exit.NO_ACCESS,
    r'Subscription "ML Prodution" not found .* Did you mean "ML Production"\?',
)
def misspelled_subscription(at: Place) -> list[str]:
    return at.live("-s", "ML Prodution")


@case("E104", Exit.USAGE, r'"Twin" matches \d subscriptions: ')
def ambiguous_subscription(at: Place) -> list[str]:
    twins = small.documents()
    for document in twins:
        if "displayName" in document:
            document["displayName"] = "Twin"
    azure = at.enter(LoopbackAzure(at.certificates, twins))
    return ["scan", "-s", "Twin", "--cloud", azure.endpoint]


@case("E105", Exit.NO_ACCESS, f"No read access to /subscriptions/{OTHER}")
def unreadable_subscription(at: Place) -> list[str]:
    return at.live("-s", OTHER)


@case("E105", Exit.INCOMPLETE, "No read access to 1 of 2 subscriptions")
def unreadable_beside_others(at: Place) -> list[str]:
    return at.live("-s", "ML Production", "-s", OTHER)


@case("E106", Exit.NO_ACCESS, r"The federated token was rejected \(AADSTS700213\)")
def refused_federation(at: Place) -> list[str]:
    at.says("AADSTS700213: No matching federated identity record found for subject repo:x.")
    return at.live("-s", "ML Production")


@case("E107", Exit.INCOMPLETE, "Azure is throttling; 1 part could not be read")
def throttled(at: Place) -> list[str]:
    options = ["--fail-on", "never", "--min-coverage", "99", "--timestamp", "2026-11-24"]
    return ["scan", "--from", at.estate(), *options]


@case("E108", Exit.NO_ACCESS, "TLS: this Python does not trust the certificate of localhost")
def foreign_certificate(at: Place) -> list[str]:
    at.patch.delenv("REQUESTS_CA_BUNDLE")
    return at.live("-s", "ML Production")


@case(
    "E109",
    Exit.NO_ACCESS,
    r"Cannot reach localhost:\d+ \(proxy http://127\.0\.0\.1:9 refused ",
)
def unreachable(at: Place) -> list[str]:
    at.lead_nowhere()
    return at.live("-s", "ML Production")


@case("E110", Exit.INCOMPLETE, "No Azure Machine Learning workspace in scope")
def no_workspace(at: Place) -> list[str]:
    vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/k"
    body = json.dumps({"id": vault, "tags": {"note": SECRET}, "properties": {}})
    return ["scan", "--from", at.write("vault.json", body), "--fail-on", "never"]


@case("E111", Exit.USAGE, 'Unknown cloud "http://example.com"')
def unknown_cloud(_at: Place) -> list[str]:
    return ["scan", "-s", "x", "--cloud", "http://example.com"]


@case("E112", Exit.USAGE, '"https://elsewhere.invalid" is not a data collection')
def no_data_collection(at: Place) -> list[str]:
    where = ["--endpoint", "https://elsewhere.invalid", "--rule-id", RULE_ID]
    return ["publish", "log-analytics", at.report(), *where]


@case("E113", Exit.INPUT_OUTPUT, "Batch 1 was not published")
def refused_batch(at: Place) -> list[str]:
    at.lead_nowhere()
    where = ["--endpoint", "https://gone.westeurope-1.ingest.monitor.azure.com"]
    return ["publish", "log-analytics", at.report(), *where, "--rule-id", RULE_ID]


@case("E201", Exit.INVALID, r'test/aml9001_holds\.yaml:3:1 unknown key "severty"')
def unknown_key(at: Place) -> list[str]:
    text = RULE.replace("severity:", "severty:") + f"# {SECRET}\n"
    pack(at.folder / "mine", aml9001_holds=text)
    return at.scan("--rules", "mine")


@case("E202", Exit.INVALID, r"test/aml9001_holds\.yaml:6:19 .*publicNetworkAcess")
def misspelled_property(at: Place) -> list[str]:
    text = RULE.replace("field: kind", "field: properties.publicNetworkAcess")
    pack(at.folder / "mine", aml9001_holds=f"{text}# {SECRET}\n")
    return at.scan("--rules", "mine")


@case("E203", Exit.INVALID, r'Unknown rule "AML1021" in --ignore\. Did you mean "AML1201"\?')
def unknown_rule(at: Place) -> list[str]:
    return at.scan("--ignore", "AML1021")


@case("E204", Exit.FAIL, r"Waiver W-1 \(AML1202 on w\) expired on 2026-06-01")
def expired_waiver(at: Place) -> list[str]:
    return at.scan("--waivers", str(waivers(at.folder, {"expires": "2026-06-01"})))


@case("E205", Exit.PASS, r"Waiver W-1 matches nothing\.")
def unused_waiver(at: Place) -> list[str]:
    path = waivers(at.folder, {"rule": "AML9999"})
    return at.scan("--waivers", str(path), "--fail-on", "never")


@case("E205", Exit.INVALID, r"Waiver W-1 matches nothing\.")
def unused_waiver_strictly(at: Place) -> list[str]:
    return [*unused_waiver(at), "--strict"]


@case("E206", Exit.INVALID, r"base\.json is not an amlaudit report")
def no_baseline(at: Place) -> list[str]:
    return at.scan("--baseline", at.write("base.json", json.dumps({"key": SECRET})))


@case("E207", Exit.INVALID, r'Pack "mine" does not match amlaudit\.lock \(expected sha256 ')
def changed_pack(at: Place) -> list[str]:
    folder = pack(at.folder / "mine", aml9001_holds=RULE)
    run(["packs", "lock", "--rules", "mine"])
    (folder / "test" / "aml9001_holds.yaml").write_text(f"{RULE}# {SECRET}\n", "utf-8")
    return at.scan("--rules", "mine")


@case(
    "E208",
    Exit.FAIL,
    r"Waiver W-1 \(AML1202 on w\): it runs for 15 days; the limit is 10\.",
)
def waiver_for_too_long(at: Place) -> list[str]:
    profile = at.write("company.yaml", "extends: baseline\nwaivers: { max_days: 10 }\n")
    return at.scan("--waivers", str(waivers(at.folder, {})), "--profile", profile)


@case("E209", Exit.USAGE, 'The format "sarif" has no option "profil"$')
def unknown_option_of_a_format(at: Place) -> list[str]:
    return at.scan("--report", "sarif=a.sarif", "--option", "sarif.profil=github")


@case("E210", Exit.INPUT_OUTPUT, "Cannot fetch the rule pack")
def pack_that_cannot_be_fetched(_at: Place) -> list[str]:
    return ["packs", "add", "file:///nowhere.git", "--commit", "0" * 40]


@case("E301", Exit.INPUT_OUTPUT, r"Cannot write file/report\.html")
def folder_that_is_a_file(at: Place) -> list[str]:
    at.write("file", SECRET)
    return at.scan("--report", "html=file/report.html")


@case("E302", Exit.INPUT_OUTPUT, r"Cannot read snapshot estate\.db$")
def damaged_snapshot(at: Place) -> list[str]:
    path = at.folder / at.estate()
    path.write_bytes(path.read_bytes()[:10_000] + SECRET.encode())
    return ["scan", "--from", "estate.db"]


@case(
    "E303", Exit.INCOMPLETE, r"The snapshot is \d+ days old; time-based rules are reported as unkn"
)
def old_snapshot(at: Place) -> list[str]:
    options = ["--timestamp", "2027-03-01", "--fail-on", "never", "--min-coverage", "99"]
    return ["scan", "--from", at.estate(), *options]


@case("E304", Exit.USAGE, r"Cannot resume: e\.db\.partial is a different collection$")
def another_collection(at: Place) -> list[str]:
    cut = ["collect", "--cloud", at.azure.endpoint, "--out", "e.db", "--deadline", "1s"]
    at.azure.latency = 0.5
    assert run([*cut, "-s", "ML Production"]) == Exit.INCOMPLETE
    return [*cut, "-s", "ML Labs", "--resume"]


@case("E305", Exit.USAGE, 'The report format "xlsx" needs xlsxwriter, which is not installed')
def missing_package(at: Place) -> list[str]:
    at.patch.setitem(sys.modules, "xlsxwriter", None)
    for loaded in [each for each in sys.modules if each.startswith("amlaudit.reporters.xlsx")]:
        at.patch.delitem(sys.modules, loaded)
    return at.scan("--report", "xlsx=a.xlsx")


@case(
    "E306", Exit.INPUT_OUTPUT, r"amlaudit\.yaml, waivers\.yaml already exist; nothing was written"
)
def files_that_are_there(at: Place) -> list[str]:
    at.write("amlaudit.yaml", "version: 1\n")
    at.write("waivers.yaml", "[]\n")
    return ["init"]


@case("E307", Exit.INPUT_OUTPUT, r"audit\.zip is not a valid evidence bundle$")
def no_bundle(at: Place) -> list[str]:
    return ["verify", at.write("audit.zip", f"PK {SECRET}")]


@case("E308", Exit.INPUT_OUTPUT, r"Cannot compile main\.bicep$")
def no_compiler(at: Place) -> list[str]:
    at.patch.setenv("PATH", str(at.folder))
    return ["scan", "--from", at.write("main.bicep", f"param a string = '{SECRET}'\n")]


@case("E309", Exit.INPUT_OUTPUT, r"main\.json declares more than 10,000 resources")
def endless_template(at: Place) -> list[str]:
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    vault = {"type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01"}

    def template(resource: object) -> dict[str, object]:
        return {"$schema": schema, "contentVersion": "1.0.0.0", "resources": [resource]}

    def many(resource: dict[str, Any], name: str) -> dict[str, object]:
        copy = {"name": "many", "count": 800}
        return {**resource, "name": f"[concat('{name}', copyIndex())]", "copy": copy}

    inner = template(many({**vault, "properties": {"note": SECRET}}, "kv"))
    nested = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "resourceGroup": "[concat('rg', copyIndex())]",
        "properties": {
            "mode": "Incremental",
            "expressionEvaluationOptions": {"scope": "inner"},
            "template": inner,
        },
    }
    return ["scan", "--from", at.write("main.json", json.dumps(template(many(nested, "m"))))]


@case("E310", Exit.USAGE, "An evidence bundle requires a snapshot, but there is none")
def bundle_of_a_report(at: Place) -> list[str]:
    return ["report", at.report(), "--report", "bundle=a.zip"]


@case("E311", Exit.INPUT_OUTPUT, r".*waivers\.yaml is larger than 4 MiB")
def endless_waivers(at: Place) -> list[str]:
    with (at.folder / "waivers.yaml").open("wb") as file:
        file.write(SECRET.encode())
        file.truncate(LARGEST_SOURCE + 1)
    return at.scan("--waivers", "waivers.yaml")


@case("E312", Exit.INPUT_OUTPUT, r"part\.json cannot be added to a history")
def part_of_a_run(at: Place) -> list[str]:
    run(at.scan("--report", "json=part.json", "--only", "fail"))
    return ["history", "add", "part.json", "--db", "h.sqlite"]


@case("E901", Exit.INCOMPLETE, r"Internal error in rule AML9002 \(ValueError\)\. The rule is repo")
def crashing_rule(at: Place) -> list[str]:
    code = "from amlaudit import Fix, Subject, Verdict, rule\n\n\n@rule(\n"
    code += '    id="AML9002", title="It holds", severity="high", severity_reason="for a test",\n'
    code += '    applies_to="Microsoft.MachineLearningServices/workspaces", because="for a test",\n'
    code += '    fix=Fix("az fix"), sources=["https://example.com"],\n)\n'
    code += f"def holds(subject: Subject) -> Verdict:\n    raise ValueError({SECRET!r})\n"
    pack(at.folder / "mine", aml9002_holds__py=code)
    return at.scan("--rules", "mine", "--fail-on", "never", "--min-coverage", "100")


@case("E999", Exit.INTERNAL, r"Internal error \(RuntimeError\)")
def defect(at: Place) -> list[str]:
    def broken(*_: object) -> Report:
        raise RuntimeError(SECRET)

    at.patch.setattr(import_module("amlaudit.cli.scan"), "audit", broken)
    return at.scan()


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve the small estate, in subscriptions with names."""
    with LoopbackAzure(certificates, small.documents()) as served:
        yield served


@pytest.fixture
def place(
    azure: LoopbackAzure,
    certificates: Certificates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    """Provide a separate folder, and secrets in the environment."""
    az = tmp_path / "bin" / "az"
    az.parent.mkdir()
    az.write_text(AZ.format(token=LoopbackCredential().get_token().token), "utf-8")
    az.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{az.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)
    with ExitStack() as opened:
        yield Place(tmp_path, az, azure, certificates, monkeypatch, opened.enter_context)


@pytest.mark.parametrize("tried", CASES, ids=lambda each: f"{each.code}-{each.arrange.__name__}")
def test_every_error_states_the_problem_and_the_remedy(
    tried: Case, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    command = tried.arrange(place)
    capsys.readouterr()
    assert run(command) == tried.exit_code
    told = capsys.readouterr()
    lines = told.err.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith(f"✖ {tried.code} "))
    assert re.match(f"✖ {tried.code} {tried.first_line}", lines[at]), lines[at]
    rest = lines[at + 1 : next_error(lines, at)]
    assert any(line.startswith("  → ") for line in rest), lines
    for secret in (SECRET, "aB3/aB3/", "password", LoopbackCredential().get_token().token):
        assert secret not in told.out + told.err


def next_error(lines: list[str], at: int) -> int:
    """Return the position where the next error starts."""
    later = (number for number in range(at + 1, len(lines)) if lines[number].startswith("✖ "))
    return next(later, len(lines))


def test_every_error_of_the_catalogue_is_tried() -> None:
    explained = (ROOT / "docs" / "errors.md").read_text("utf-8")
    rows = re.findall(r"^\| <a .*</a>(E\d{3}) \|.*\| ([\d, ]+) \|$", explained, re.MULTILINE)
    tried = {each.code for each in CASES}
    assert tried == {code for code, _ in rows}
    raised = {
        code
        for path in (ROOT / "amlaudit").rglob("*.py")
        for code in re.findall(r"\bE\d{3}\b", path.read_text("utf-8"))
    }
    assert raised == tried
    documented = {code: {int(each) for each in codes.split(", ")} for code, codes in rows}
    assert all(each.exit_code in documented[each.code] for each in CASES)
