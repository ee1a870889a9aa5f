"""Verifies a bundle: nothing in it has changed, and its snapshot still leads to its findings."""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from amlaudit.core.report import Finding, Gate, Report
from amlaudit.core.verdict import Status
from amlaudit.evidence.archive import Archive, opened, refusal
from amlaudit.evidence.bundle import POLICY, REPORT, SIGNATURE, SNAPSHOT, manifest_of
from amlaudit.evidence.policy_file import judging_of
from amlaudit.evidence.signature import Signed, is_signed
from amlaudit.pipeline import audit
from amlaudit.records.reports import report_of
from amlaudit.reporters.finding_text import evidence_text
from amlaudit.reporters.json import stream
from amlaudit.scanners.files.source import Files
from amlaudit.strict_json import load_json

_MAX_SIGNATURE: Final = 64
_MAX_JSON: Final = 2 << 30


class Proof(Struct, frozen=True):
    """The result of verifying a bundle.

    Attributes:
        version: Version of amlaudit that made it.
        made_for: The time that its reports are made for.
        files: Number of unchanged files.
        changed: What is wrong with the others, in words.
        missing: What it was judged by and is no longer available, in words.
        findings: Number of its findings.
        differing: The findings that are not reproduced, in words.
        signed: What is known of its origin.
    """

    version: str
    made_for: str
    files: int
    changed: tuple[str, ...]
    missing: tuple[str, ...] = ()
    findings: int = 0
    differing: tuple[str, ...] = ()
    signed: Signed = Signed.NO

    @property
    def holds(self) -> bool:
        """Whether nothing has changed and every finding is reproduced."""
        is_forged = self.signed is Signed.BAD
        return not (self.changed or self.missing or self.differing or is_forged)


def verify(path: Path, named: Sequence[str] = (), key: Path | None = None) -> Proof:
    """Return the result of verifying a bundle: first the hashes, then judging its snapshot again.

    The content of the file is only data: nothing is unpacked except the snapshot, to a temporary
    folder under our own name, and no code from it is run.

    Args:
        path: The bundle.
        named: Rule packs besides the shipped one, as they were named when it was made.
        key: File of the public key that must have signed it; None: any origin is accepted.

    Raises:
        AmlauditError: It is not a bundle, or has files that it does not list; or there is no such
            key.
    """
    with opened(path) as archive:
        manifest, problems = archive.manifest, archive.problems()
        listed = {each.path for each in manifest.files}
        proof = Proof(
            manifest.version,
            manifest.made_for,
            files=len(listed - problems.keys()),
            changed=tuple(f"{name}: {problem}" for name, problem in problems.items()),
            signed=_signed(archive, key),
        )
        needed = {SNAPSHOT, POLICY, REPORT}
        if broken := (needed - listed) | (needed & problems.keys()):
            cause = f"not evaluated again, because of {', '.join(sorted(broken))}"
            return replace(proof, missing=(cause,))
        return _judged_again(archive, named, proof)


def _signed(archive: Archive, key: Path | None) -> Signed:
    """Return what is known of a bundle's origin."""
    has_signature = SIGNATURE in archive
    if key is None:
        return Signed.UNCHECKED if has_signature else Signed.NO
    if not has_signature:
        return Signed.BAD
    signature = archive.read(SIGNATURE, _MAX_SIGNATURE)
    return Signed.GOOD if is_signed(archive.manifest_bytes, signature, key) else Signed.BAD


def _judged_again(archive: Archive, named: Sequence[str], proof: Proof) -> Proof:
    """Return a proof with what judging the snapshot of the bundle again shows."""
    before = report_of(archive.pieces(REPORT, _MAX_JSON), archive.path)
    _refuse_other_report(archive, before)
    fields = load_json(archive.read(POLICY, _MAX_JSON))
    judging, missing = judging_of(fields, named)
    with TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot.db"
        with snapshot.open("wb") as unpacked:
            unpacked.writelines(archive.pieces(SNAPSHOT))
        judged = audit(judging.scope, Files((snapshot,)), judging.policy, judging.at)
        # In the form in which it would be read back, so that like is compared with like.
        after = report_of((each.encode() for each in stream(judged)), archive.path)
        return replace(
            proof,
            missing=tuple(missing),
            findings=len(before.findings),
            differing=tuple(_differences(before, after)),
        )


def _refuse_other_report(archive: Archive, report: Report) -> None:
    """Raise if the manifest was not made with a report."""
    manifest = archive.manifest
    files = [to_builtins(each) for each in manifest.files]
    if archive.manifest_bytes != manifest_of(report, files, manifest.command[1:]).encode():
        raise refusal(archive.path, "its manifest does not match its report")


def _differences(before: Report, after: Report) -> Iterator[str]:
    """Yield what is not reproduced."""
    then, now = _verdicts(before.findings), _verdicts(after.findings)
    for key in sorted(then.keys() | now.keys()):
        text = f"{key[0]} on {key[1]}"
        if key not in now:
            yield f"{text}: no longer found"
        elif key not in then:
            yield f"{text}: found now, but not in the report"
        elif then[key] != now[key]:
            yield f"{text}: now {now[key][0]}, was {then[key][0]}, or the evidence differs"
    if before.score != after.score:
        yield f"the posture is now {after.score.low:.4f}, was {before.score.low:.4f}"
    if before.gate != after.gate and not before.gate.new_only:  # whose baseline is not included
        yield f"the verdict is now {_spelled(after.gate)}, was {_spelled(before.gate)}"


def _spelled(gate: Gate) -> str:
    """Return the verdict on a run, and whether it saw enough, in words."""
    return gate.outcome if gate.complete else f"{gate.outcome}, incomplete"


def _verdicts(findings: Iterable[Finding]) -> dict[tuple[str, ...], tuple[Status, bytes]]:
    """Return findings' statuses and hashes of everything that is compared, by identity.

    There may be hundreds of thousands, and their evidence is much longer than a hash.
    """
    found: dict[tuple[str, ...], tuple[Status, bytes]] = {}
    for each in findings:
        verdict = each.verdict
        key = (each.rule.id, each.resource.id, each.subject_key, verdict.message)
        evidence = list(map(evidence_text, each.evidence))
        waiver = each.waiver.id if each.waiver else ""
        whole = (verdict.status, each.rule.severity, verdict.reason, waiver, evidence)
        digest = sha256(json.dumps(whole).encode()).digest()
        found[key] = (verdict.status, digest)
    return found
