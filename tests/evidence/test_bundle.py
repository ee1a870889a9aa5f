"""A bundle proves what a run found: no change goes unnoticed, and nothing in it can do harm."""

import json
from datetime import UTC, datetime
from functools import cache, partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from amlaudit.cli import run
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.evidence.bundle import MANIFEST, without_secret
from amlaudit.evidence.signature import Signed, is_signed, signature_of
from amlaudit.evidence.verify import Proof, verify

Capture = pytest.CaptureFixture[str]
AT: Final = datetime(2026, 11, 24, tzinfo=UTC)
GROUP: Final = "/subscriptions/s/resourceGroups/g/providers"
EXPORT: Final = [
    {
        "id": f"{GROUP}/Microsoft.MachineLearningServices/workspaces/{name}",
        "name": name,
        "properties": {"publicNetworkAccess": access},
    }
    for name, access in (("open", "Enabled"), ("closed", "Disabled"))
]
PROFILE: Final = """
extends: enterprise
rules:
  AML1201: {severity: critical}
"""


@cache
def made() -> bytes:
    """Return a bundle of a small export, judged with a company's profile."""
    with TemporaryDirectory() as folder:
        export, out = Path(folder) / "export.json", Path(folder) / "audit.zip"
        profile = Path(folder) / "company.yaml"
        export.write_text(json.dumps(EXPORT), "utf-8")
        profile.write_text(PROFILE, "utf-8")
        options = ["--timestamp", "2026-11-24", "--profile", str(profile)]
        code = run(["scan", "--from", str(export), f"--report=bundle={out}", *options])
        assert code == Exit.FAIL
        return out.read_bytes()


def members_of(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(members: dict[str, bytes]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return content.getvalue()


def relisted(members: dict[str, bytes]) -> dict[str, bytes]:
    """Return members with a matching manifest, as a forger would write it."""
    manifest = json.loads(members[MANIFEST])
    manifest["files"] = [
        {"path": name, "size": len(data), "sha256": sha256(data).hexdigest()}
        for name, data in sorted(members.items())
        if name != MANIFEST
    ]
    return {**members, MANIFEST: (json.dumps(manifest, indent=2) + "\n").encode()}


def checked(content: bytes) -> Proof:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "audit.zip"
        path.write_bytes(content)
        return verify(path)


def refusal(content: bytes) -> str:
    with pytest.raises(AmlauditError) as caught:
        checked(content)
    assert (caught.value.code, caught.value.exit_code) == ("E307", Exit.INPUT_OUTPUT)
    return caught.value.cause


def test_an_untouched_bundle_verifies() -> None:
    proof = checked(made())
    assert proof.holds
    assert (proof.changed, proof.missing, proof.differing) == ((), (), ())
    assert proof.findings > 100


def test_a_bundle_contains_snapshot_policy_and_reports() -> None:
    assert sorted(members_of(made())) == [
        "manifest.json",
        "policy.json",
        "reports/report.csv",
        "reports/report.html",
        "reports/report.json",
        "reports/report.md",
        "reports/report.sarif",
        "snapshot.db",
    ]


def test_the_effective_policy_is_that_of_the_profile() -> None:
    policy = json.loads(members_of(made())["policy.json"])
    severities = {each["id"]: each["severity"] for each in policy["rules"]}
    assert severities["AML1201"] == "critical"
    assert policy["labels"]["environment"]["assumed"] == "prod"


def test_the_same_snapshot_gives_the_same_bundle(tmp_path: Path) -> None:
    snapshot = tmp_path / "estate.db"
    snapshot.write_bytes(members_of(made())["snapshot.db"])
    written = tmp_path / "audit.zip"
    found = []
    for _ in range(2):
        arguments = ["--timestamp", "2026-11-24", f"--report=bundle={written}"]
        run(["report", str(snapshot), *arguments])
        found.append(written.read_bytes())
    assert found[0] == found[1]


def test_the_manifest_tells_the_command_and_no_secret(tmp_path: Path) -> None:
    snapshot, out = tmp_path / "estate.db", tmp_path / "audit.zip"
    snapshot.write_bytes(members_of(made())["snapshot.db"])
    token = "ghp_" + "a1B2" * 9
    category = f"--sarif-category={token}"
    reports = [f"--report=bundle={out}", f"--report=sarif={tmp_path / 'a.sarif'}"]
    run(["report", str(snapshot), *reports, category])
    command = json.loads(members_of(out.read_bytes())[MANIFEST])["command"]
    assert command[:3] == ["amlaudit", "report", str(snapshot)]
    assert token not in str(command)
    assert "redacted" in command[-1]
    assert verify(out).holds


def test_secrets_are_recognised_by_option_names_too() -> None:
    assert "abc" not in without_secret("--client-secret=abc")
    assert without_secret("--profile=abc") == "--profile=abc"
    assert "abc" not in without_secret("password=abc")


def test_the_whole_profile_applies_when_the_bundle_is_judged_again(tmp_path: Path) -> None:
    export, out = tmp_path / "export.json", tmp_path / "audit.zip"
    profile = tmp_path / "company.yaml"
    export.write_text(json.dumps(EXPORT), "utf-8")
    profile.write_text(
        "environments:\n  resources: { dev: ['*/open'] }\n"
        "  overrides: { dev: { AML1201: { severity: low, justification: a } } }\n",
        "utf-8",
    )
    options = ["--timestamp", "2026-11-24", "--profile", str(profile), "--max-age", "1d"]
    run(["scan", "--from", str(export), f"--report=bundle={out}", *options])
    proof = verify(out)
    assert (proof.missing, proof.differing, proof.holds) == ((), (), True)
    policy = json.loads(members_of(out.read_bytes())["policy.json"])
    assert policy["max_age_seconds"] == 86_400
    assert policy["labels"]["environment"]["assigned"] == [
        {"where": "resources", "name": "*/open", "meaning": "dev"}
    ]
    assert policy["profile"]["overrides"][0]["severity"] == "low"


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.integers(1, 255))
def test_no_byte_can_change_unseen(position: int, flip: int) -> None:
    content = bytearray(made())
    content[position % len(content)] ^= flip
    try:
        proof = checked(bytes(content))
    except AmlauditError as error:
        assert error.code in {"E302", "E307"}  # noqa: PT017 - it may also be seen later
        return
    # What does not change a file (such as a date in the ZIP directory) is not a change.
    assert not proof.holds or members_of(bytes(content)) == members_of(made())


@pytest.mark.parametrize("name", sorted(members_of(made())))
def test_one_byte_of_a_file_is_seen(name: str) -> None:
    members = members_of(made())
    changed = bytearray(members[name])
    changed[len(changed) // 2] ^= 1
    members[name] = bytes(changed)
    try:
        assert not checked(zipped(members)).holds
    except AmlauditError as error:
        assert error.code == "E307"  # noqa: PT017 - a manifest that cannot be read


def test_a_finding_that_was_turned_into_a_pass_does_not_come_out_again() -> None:
    members = members_of(made())
    report = json.loads(members["reports/report.json"])
    (fail,) = (
        each
        for each in report["findings"]
        if (each["rule_id"], each["status"]) == ("AML1201", "fail")
    )
    fail["status"] = "pass"
    members["reports/report.json"] = json.dumps(report).encode()
    proof = checked(zipped(relisted(members)))
    assert proof.changed == ()
    assert len(proof.differing) == 1
    assert proof.differing[0].startswith("AML1201 on /subscriptions/s/resourcegroups/g/")
    assert "now fail, was pass" in proof.differing[0]


def test_a_verdict_that_was_turned_into_a_pass_does_not_come_out_again() -> None:
    members = members_of(made())
    report = json.loads(members["reports/report.json"])
    report["verdict"] |= {"verdict": "PASS", "complete": True}
    members["reports/report.json"] = json.dumps(report).encode()
    proof = checked(zipped(relisted(members)))
    assert proof.differing == ("the verdict is now FAIL, incomplete, was PASS",)
    assert not proof.holds


def test_a_removed_finding_is_noticed() -> None:
    members = members_of(made())
    report = json.loads(members["reports/report.json"])
    report["findings"] = [each for each in report["findings"] if each["rule_id"] != "AML1201"]
    members["reports/report.json"] = json.dumps(report).encode()
    told = checked(zipped(relisted(members))).differing
    assert len(told) == 3
    assert all("not in the report" in each for each in told)


def test_changed_rules_are_reported() -> None:
    members = members_of(made())
    policy = json.loads(members["policy.json"])
    policy["packs"][0]["sha256"] = "0" * 64
    policy["rules"][0]["id"] = "XYZ0001"
    members["policy.json"] = json.dumps(policy).encode()
    proof = checked(zipped(relisted(members)))
    assert "rule XYZ0001 is not installed" in proof.missing
    assert any(each.startswith("rule pack azure-ml has changed") for each in proof.missing)


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/etc/cron.d/evil", "a/../../b", "C:evil.txt", "a\\..\\b"]
)
def test_a_name_that_escapes_the_bundle_is_refused(name: str) -> None:
    members = {**members_of(made()), name: b"x"}
    assert "outside itself" in refusal(zipped(members))


def test_a_file_missing_from_the_manifest_is_reported() -> None:
    proof = checked(zipped({**members_of(made()), "extra.txt": b"x"}))
    assert proof.changed == ("extra.txt: it is not in the manifest",)


def test_a_missing_file_is_reported() -> None:
    members = members_of(made())
    del members["snapshot.db"]
    proof = checked(zipped(members))
    assert proof.changed == ("snapshot.db: it is missing",)
    assert not proof.holds


def test_a_file_larger_than_declared_is_not_unpacked() -> None:
    members = members_of(made())
    manifest = json.loads(members[MANIFEST])
    members["reports/report.csv"] = b"\0" * 50_000_000
    assert manifest["files"]
    (told,) = checked(zipped(members)).changed
    assert told.startswith("reports/report.csv: its size is not ")


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "File is not a zip file"),
        (b"PK\x03\x04 and nothing", "File is not a zip file"),
        (zipped({"a.txt": b"a"}), "it has no manifest"),
        (zipped({MANIFEST: b"{}"}), "it is damaged: 'format'"),
        (zipped({MANIFEST: b'{"format": "other/1"}'}), "unsupported format other/1"),
        (zipped({MANIFEST: b'{"format": "amlaudit-bundle/1"}'}), "it is damaged: Object missing"),
        (zipped({MANIFEST: b"[" * 100_000}), "it is damaged: "),
    ],
)
def test_anything_but_a_bundle_is_refused(content: bytes, cause: str) -> None:
    assert refusal(content).startswith(cause)


def test_duplicate_names_are_refused() -> None:
    content = BytesIO()
    with ZipFile(content, "w") as file:
        file.writestr(MANIFEST, b"{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr(MANIFEST, b"{}")
    assert "duplicate files" in refusal(content.getvalue())


def test_the_command_reports_its_result(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "audit.zip"
    path.write_bytes(made())
    capsys.readouterr()
    assert run(["verify", str(path)]) == Exit.PASS
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith(
        "7 files are unchanged, made by amlaudit 0.1.0 for 2026-11-24T00:00:00Z"
    )
    assert told[1].endswith("findings were reproduced")
    members = members_of(made())
    members["snapshot.db"] = members["snapshot.db"][:-1] + b"!"
    path.write_bytes(zipped(members))
    assert run(["verify", str(path)]) == Exit.FAIL
    assert "1 files have changed" in capsys.readouterr().out


def test_a_bundle_needs_a_snapshot_and_a_path(tmp_path: Path, capsys: Capture) -> None:
    report = tmp_path / "report.json"
    report.write_bytes(members_of(made())["reports/report.json"])
    assert run(["report", str(report), f"--report=bundle={tmp_path / 'a.zip'}"]) == Exit.USAGE
    assert "E310" in capsys.readouterr().err
    assert run(["report", str(report), "--report=bundle"]) == Exit.USAGE
    assert "needs a path" in capsys.readouterr().err


def test_a_waiver_applies_when_the_bundle_is_judged_again(tmp_path: Path) -> None:
    export, waivers = tmp_path / "export.json", tmp_path / "waivers.yaml"
    export.write_text(json.dumps(EXPORT), "utf-8")
    waivers.write_text(
        "version: 1\nwaivers:\n  - id: W-1\n    rule: AML1201\n    scope: '*'\n    subject: '*'\n"
        "    kind: accepted_risk\n    reason: It moves.\n    owner: a@contoso.example\n"
        "    created: 2026-11-01\n    expires: 2026-12-01\n",
        "utf-8",
    )
    out = tmp_path / "audit.zip"
    options = ["--timestamp", "2026-11-24", "--waivers", str(waivers), f"--report=bundle={out}"]
    run(["scan", "--from", str(export), *options])
    policy = json.loads(members_of(out.read_bytes())["policy.json"])
    assert [each["id"] for each in policy["waivers"]] == ["W-1"]
    assert verify(out).holds


def keys_in(folder: Path) -> tuple[Path, Path]:
    """Return the files of a new private key and its public key."""
    key, private, public = Ed25519PrivateKey.generate(), folder / "key.pem", folder / "key.pub.pem"
    private.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, Path]:
    """Return a signed bundle, and the public key."""
    private, public = keys_in(tmp_path)
    snapshot, out = tmp_path / "estate.db", tmp_path / "audit.zip"
    snapshot.write_bytes(members_of(made())["snapshot.db"])
    options = [f"--report=bundle={out}", "--sign-key", str(private), "--timestamp", "2026-11-24"]
    assert run(["report", str(snapshot), *options]) == Exit.PASS
    return out, public


def test_a_signature_is_reported_and_checked(signed: tuple[Path, Path], capsys: Capture) -> None:
    path, public = signed
    assert verify(path).signed is Signed.UNCHECKED
    assert verify(path, key=public).signed is Signed.GOOD
    assert run(["verify", str(path), "--public-key", str(public)]) == Exit.PASS
    assert "signed by the key" in capsys.readouterr().out


def test_a_signature_by_another_key_does_not_verify(
    signed: tuple[Path, Path], tmp_path: Path
) -> None:
    path, _ = signed
    (tmp_path / "other").mkdir()
    _, other = keys_in(tmp_path / "other")
    proof = verify(path, key=other)
    assert (proof.signed, proof.holds) == (Signed.BAD, False)


def test_a_bundle_without_a_signature_is_not_signed_by_a_key(
    signed: tuple[Path, Path], tmp_path: Path
) -> None:
    plain = tmp_path / "plain.zip"
    plain.write_bytes(made())
    assert verify(plain).signed is Signed.NO
    assert verify(plain, key=signed[1]).signed is Signed.BAD


def test_who_rewrites_everything_cannot_sign_it(signed: tuple[Path, Path]) -> None:
    path, public = signed
    members = members_of(path.read_bytes())
    signature = members.pop("manifest.sig")
    members["reports/report.csv"] = b"nothing to see"
    path.write_bytes(zipped({**relisted(members), "manifest.sig": signature}))
    proof = verify(path, key=public)
    assert (proof.changed, proof.signed, proof.holds) == ((), Signed.BAD, False)


def test_an_invalid_key_is_reported_without_its_content(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("a secret that is no key", "utf-8")
    for use in (partial(is_signed, b"", b"", key), partial(signature_of, b"", key)):
        with pytest.raises(AmlauditError) as caught:
            use()
        assert caught.value.code == "E302"
        assert "secret" not in str(caught.value) + caught.value.cause
