"""Signatures of bundles: Ed25519 over the manifest, which contains the hashes of all files.

https://www.rfc-editor.org/rfc/rfc8032
"""

from enum import StrEnum
from pathlib import Path

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.sizes import LARGEST_SOURCE, bytes_of


class Signed(StrEnum):
    """What is known of a bundle's origin."""

    NO = "not signed"
    UNCHECKED = "signed, by whom was not asked"
    GOOD = "signed by the key"
    BAD = "not signed by the key"


def signature_of(manifest: bytes, key: Path) -> bytes:
    """Return the signature of a manifest, the same for the same manifest and key.

    Args:
        manifest: The bytes of the manifest.
        key: File of an Ed25519 private key, PEM, without a password.

    Raises:
        AmlauditError: There is no such key, or a required package is not installed.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - comes with an extra
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - comes with an extra
            load_pem_private_key,
        )
    except ModuleNotFoundError as error:
        raise _missing() from error
    try:
        found = load_pem_private_key(bytes_of(key, LARGEST_SOURCE), None)
    except (OSError, ValueError, TypeError) as error:
        raise _no_key(key, "private") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise _no_key(key, "private")
    return found.sign(manifest)


def is_signed(manifest: bytes, signature: bytes, key: Path) -> bool:
    """Tell whether a signature is a key's signature of a manifest.

    Args:
        manifest: The bytes of the manifest.
        signature: The signature.
        key: File of an Ed25519 public key, PEM.

    Raises:
        AmlauditError: There is no such key, or a required package is not installed.
    """
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - comes with an extra
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - comes with an extra
            Ed25519PublicKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - comes with an extra
            load_pem_public_key,
        )
    except ModuleNotFoundError as error:
        raise _missing() from error
    try:
        found = load_pem_public_key(bytes_of(key, LARGEST_SOURCE))
    except (OSError, ValueError) as error:
        raise _no_key(key, "public") from error
    if not isinstance(found, Ed25519PublicKey):
        raise _no_key(key, "public")
    try:
        found.verify(signature, manifest)
    except InvalidSignature:
        return False
    return True


def _missing() -> AmlauditError:
    """Return the error for a missing package."""
    return AmlauditError(
        "E305",
        "Signatures require the package cryptography, which is not installed",
        advice="pip install 'amlaudit[sign]'",
        exit_code=Exit.USAGE,
    )


def _no_key(path: Path, kind: str) -> AmlauditError:
    """Return the error for a file that is not a key; it reveals none of the file's content."""
    return AmlauditError(
        "E302",
        f"Cannot read {path}",
        cause=f"it does not exist, or is not an Ed25519 {kind} key in PEM without a password",
        advice="make a pair of keys: openssl genpkey -algorithm ed25519 -out key.pem; "
        "openssl pkey -in key.pem -pubout -out key.pub.pem",
        exit_code=Exit.INPUT_OUTPUT,
    )
