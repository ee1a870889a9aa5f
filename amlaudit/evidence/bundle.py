"""A bundle: everything that a run is based on and reported, in one reproducible ZIP file.

It contains the snapshot, which was redacted at collection, the policy that it was judged by, the
reports, and a manifest with the size and SHA-256 of each file.
"""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from msgspec import Struct

from amlaudit.core.report import Report
from amlaudit.core.secrets import is_secret_name, redacted, safe
from amlaudit.evidence.policy_file import Judging, judging_fields
from amlaudit.evidence.signature import signature_of
from amlaudit.reporters import encoded, extension_of, make
from amlaudit.reporters.encoding import spell, utc

FORMAT: Final = "amlaudit-bundle/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
SNAPSHOT: Final = "snapshot.db"
POLICY: Final = "policy.json"
REPORT: Final = "reports/report.json"

_FORMATS: Final = ("csv", "html", "json", "markdown", "sarif")
"""Formats of the reports in a bundle."""
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP file can store: creation time is not part of the evidence."""
_CHUNK: Final = 1 << 20


class BundleInputs(Struct, frozen=True):
    """What a bundle is made from besides a report.

    Attributes:
        snapshot: Path of the snapshot.
        judging: What it was judged by.
        key: File of the private key that signs the bundle; None: it is not signed.
        command: The arguments with which amlaudit was called.
    """

    snapshot: Path
    judging: Judging
    key: Path | None = None
    command: tuple[str, ...] = ()


class _ZipWriter(Struct):
    """A ZIP file being written, and what the manifest lists of it so far."""

    zip: ZipFile
    files: list[dict[str, object]]

    def add(self, name: str, pieces: Iterator[bytes]) -> None:
        """Add a file."""
        digest, size = sha256(), 0
        with self.zip.open(_entry(name), "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
        self.files.append({"path": name, "size": size, "sha256": digest.hexdigest()})


def bundle(report: Report, inputs: BundleInputs) -> Iterator[bytes]:
    """Yield a bundle as the bytes of a ZIP file.

    Raises:
        OSError: The snapshot cannot be read.
        AmlauditError: It cannot be signed.
    """
    with TemporaryFile() as file:
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=6) as made:
            writer = _ZipWriter(made, [])
            with inputs.snapshot.open("rb") as snapshot:
                writer.add(SNAPSHOT, _chunks(snapshot))
            writer.add(POLICY, iter([spell(judging_fields(inputs.judging), 2).encode()]))
            for name in _FORMATS:
                for part, content in make(name, report).parts.items():
                    path = f"reports/report{part}.{extension_of(name)}"
                    writer.add(path, encoded(content))
            command = [*map(without_secret, inputs.command)]
            manifest = manifest_of(report, writer.files, command).encode()
            made.writestr(_entry(MANIFEST), manifest)
            if inputs.key:
                made.writestr(_entry(SIGNATURE), signature_of(manifest, inputs.key))
        file.seek(0)
        yield from _chunks(file)


def manifest_of(report: Report, files: list[dict[str, object]], command: Sequence[str] = ()) -> str:
    """Return the manifest as JSON text; equal arguments give identical bytes."""
    fields = {
        "format": FORMAT,
        "tool": "amlaudit",
        "version": report.version,
        "made_for": utc(report.at),
        "command": ["amlaudit", *command],
        "files": sorted(files, key=lambda each: str(each["path"])),
    }
    return json.dumps(fields, indent=2) + "\n"


def without_secret(argument: str) -> str:
    """Return a command-line argument, with a mark in place of a secret."""
    option, equals, value = argument.partition("=")
    if equals and option.startswith("-") and is_secret_name(option):
        return f"{option}={redacted(value)}"
    return safe(argument)


def _entry(name: str) -> ZipInfo:
    """Return a file's entry, which does not reveal when and where it was made."""
    entry = ZipInfo(name, _OLDEST)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a file, piece by piece."""
    while piece := file.read(_CHUNK):
        yield piece
