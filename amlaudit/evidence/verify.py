"""Verifies a bundle: nothing in it has changed, and its snapshot still leads to its findings."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Any, Final
from zipfile import BadZipFile, ZipFile

from msgspec import Struct

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Finding, Gate, Report
from amlaudit.core.verdict import Status
from amlaudit.evidence.bundle import (
    FORMAT,
    MANIFEST,
    POLICY,
    REPORT,
    SIGNATURE,
    SNAPSHOT,
    manifest_of,
)
from amlaudit.evidence.policy_file import judging_of
from amlaudit.evidence.signature import Signed, is_signed
from amlaudit.pipeline import audit
from amlaudit.records.reports import report_of
from amlaudit.reporters.finding_text import evidence_text
from amlaudit.reporters.json import stream
from amlaudit.scanners.files.source import Files
from amlaudit.strict_json import load_json

_MOST_BYTES: Final = 64 << 30
"""Maximum size of all files, unpacked: a snapshot of a very large estate is a tenth of that."""
_MOST_MANIFEST: Final = 1 << 20
_MOST_SIGNATURE: Final = 64
_MOST_JSON: Final = 2 << 30
_MOST_FILES: Final = 10_000
_CHUNK: Final = 1 << 20


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
    missing: tuple[str, ...]
    findings: int
    differing: tuple[str, ...]
    signed: Signed = Signed.NO

    @property
    def holds(self) -> bool:
        """Whether nothing has changed and every finding is reproduced."""
        is_other = self.signed is Signed.BAD
        return not (self.changed or self.missing or self.differing or is_other)


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
    with _damage_told(path), ZipFile(path) as file:
        manifest = _manifest(path, file)
        listed = {each["path"]: each for each in manifest["files"]}
        changed = [*_strangers(file, listed), *_changed(file, listed)]
        intact = len(listed) - len({each.split(":")[0] for each in changed} & listed.keys())
        about = (manifest["version"], manifest["made_for"], intact)
        needed = {SNAPSHOT, POLICY, REPORT}
        broken = needed - listed.keys() | {each for each in needed if _is_named(each, changed)}
        if broken:
            lost = f"not evaluated again, because of {', '.join(sorted(broken))}"
            return Proof(*about, tuple(changed), (lost,), 0, (), _signed(file, key))
        missing, findings, differing = _judged_again(path, file, named)
        return Proof(*about, tuple(changed), missing, findings, differing, _signed(file, key))


def _signed(file: ZipFile, key: Path | None) -> Signed:
    """Return what is known of a bundle's origin."""
    has_one = SIGNATURE in file.namelist()
    if key is None:
        return Signed.UNCHECKED if has_one else Signed.NO
    if not has_one:
        return Signed.BAD
    manifest = _read(file, MANIFEST, _MOST_MANIFEST)
    is_good = is_signed(manifest, _read(file, SIGNATURE, _MOST_SIGNATURE), key)
    return Signed.GOOD if is_good else Signed.BAD


def _manifest(path: Path, file: ZipFile) -> Mapping[str, Any]:
    """Return the manifest, if the file is a bundle whose names and sizes can be trusted."""
    names = file.namelist()
    if MANIFEST not in names:
        raise _refused(path, "it has no manifest")
    if len(names) != len(set(names)) or len(names) > _MOST_FILES:
        raise _refused(path, "it contains duplicate files, or too many")
    if any(map(_leads_outside, names)):
        raise _refused(path, "it contains a path outside itself")
    if sum(each.file_size for each in file.infolist()) > _MOST_BYTES:
        raise _refused(path, f"it would unpack to more than {_MOST_BYTES >> 30} GiB")
    manifest: Mapping[str, Any] = load_json(_read(file, MANIFEST, _MOST_MANIFEST))
    if manifest["format"] != FORMAT:
        raise _refused(path, f"unsupported format {manifest['format']}")
    return manifest


def _leads_outside(name: str) -> bool:
    """Tell whether a name could lead out of the folder into which it is unpacked."""
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not name


def _strangers(file: ZipFile, listed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that the manifest does not list."""
    for name in sorted(set(file.namelist()) - listed.keys() - {MANIFEST, SIGNATURE}):
        yield f"{name}: it is not in the manifest"


def _changed(file: ZipFile, listed: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the files of the manifest."""
    names = set(file.namelist())
    for name, each in listed.items():
        if name not in names:
            yield f"{name}: it is missing"
            continue
        digest, size = sha256(), 0
        try:
            with file.open(name) as member:
                for piece in _pieces(member, each["size"]):
                    digest.update(piece)
                    size += len(piece)
        except (BadZipFile, zlib.error, EOFError) as error:
            yield f"{name}: it is damaged: {error}"
            continue
        if size != each["size"]:
            yield f"{name}: its size is not {each['size']:,} bytes"
        elif digest.hexdigest() != each["sha256"]:
            yield f"{name}: its SHA-256 is {digest.hexdigest()}, not {each['sha256']}"


def _judged_again(
    path: Path, file: ZipFile, named: Sequence[str]
) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    """Return what is no longer available, the number of findings, and which of them differ."""
    with _opened(file, REPORT, _MOST_JSON) as member:
        before = report_of(_pieces(member, _MOST_JSON), path)
    manifest = _read(file, MANIFEST, _MOST_MANIFEST)
    recorded = load_json(manifest)
    if manifest != manifest_of(before, recorded["files"], recorded["command"][1:]).encode():
        raise _refused(path, "its manifest does not match its report")
    fields = load_json(_read(file, POLICY, _MOST_JSON))
    judging, missing = judging_of(fields, named)
    with TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot.db"
        with file.open(SNAPSHOT) as packed, snapshot.open("wb") as unpacked:
            unpacked.writelines(_pieces(packed, file.getinfo(SNAPSHOT).file_size))
        judged = audit(judging.scope, Files((snapshot,)), judging.policy, judging.at)
        # In the form in which it would be read back, so that like is compared with like.
        after = report_of((each.encode() for each in stream(judged)), path)
        differing = tuple(_differing(before, after))
    return tuple(missing), len(before.findings), differing


def _differing(before: Report, after: Report) -> Iterator[str]:
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
        yield f"the verdict is now {_told(after.gate)}, was {_told(before.gate)}"


def _told(gate: Gate) -> str:
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


def _read(file: ZipFile, name: str, most: int) -> bytes:
    """Return the content of a file, if it does not exceed its maximum size."""
    with _opened(file, name, most) as member:
        return b"".join(_pieces(member, most))


def _opened(file: ZipFile, name: str, most: int) -> IO[bytes]:
    """Return an open file, if it does not exceed its maximum size."""
    if file.getinfo(name).file_size > most:
        raise ValueError(f"{name} is too long")
    return file.open(name)


def _pieces(member: IO[bytes], most: int) -> Iterator[bytes]:
    """Yield the bytes of a file, up to one more than its maximum size."""
    left = most + 1
    while left > 0 and (piece := member.read(min(_CHUNK, left))):
        left -= len(piece)
        yield piece


def _is_named(name: str, changed: Iterable[str]) -> bool:
    """Tell whether something is wrong with a file."""
    return any(each.startswith(f"{name}:") for each in changed)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """Turn any exception that a damaged file raises in its reader into one error that says so."""
    try:
        yield
    except (OSError, BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _refused(path, str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _refused(path, f"it is damaged: {error}") from error


def _refused(path: Path, cause: str) -> AmlauditError:
    """Return the error for a file that is not a bundle."""
    return AmlauditError(
        "E307",
        f"{path} is not a valid evidence bundle",
        cause=cause,
        advice="use a bundle, a JSON report or a snapshot written by amlaudit",
        exit_code=Exit.INPUT_OUTPUT,
    )
