"""Fetches rule packs from Git: the files of one commit, none of which is run."""

import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.patterns import late_pattern
from amlaudit.sizes import LARGEST_SOURCE

COMMIT: Final = late_pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ADDRESS: Final = late_pattern(
    r"https://[^@\s]+|ssh://(?:[^@:/\s]+@)?[^@\s]+|file://\S+|\w[\w.-]*@[\w.-]+:\S+"
)
"""Addresses without a password, because the address is written to the lock file."""
_SECONDS: Final = 300
_SAFE: Final = {
    "GIT_ALLOW_PROTOCOL": "https:ssh:file",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
}
"""Allows no protocol that runs a command, and no password prompts."""


@contextmanager
def fetched(address: str, commit: str, target: Path) -> Iterator[Path]:
    """Yield a temporary folder with the files of a commit; move it to keep them.

    Args:
        address: Of the repository: https, ssh or file.
        commit: Its full hash, because a branch or a tag can move.
        target: Where the files are meant to go.

    Raises:
        AmlauditError: They cannot be fetched, or contain what a pack must not.
    """
    if not _ADDRESS.fullmatch(address):
        raise _cannot(address, "the URL must use https, ssh or file, and contain no password")
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".fetched.") as folder:
        repository, archive = Path(folder) / ".git", Path(folder) / ".tar"
        _git(address, "init", "--quiet", "--bare", str(repository))
        inside = ("--git-dir", str(repository))
        _git(address, *inside, "fetch", "--quiet", "--depth=1", address, commit)
        _git(address, *inside, "archive", "--format=tar", f"--output={archive}", commit)
        files = Path(folder) / target.name
        _unpack(address, archive, files)
        yield files


def _git(address: str, *arguments: str) -> None:
    """Run git.

    Raises:
        AmlauditError: It is not installed, fails, or takes too long.
    """
    try:
        subprocess.run(  # noqa: S603 - with an address that was validated
            ["git", *arguments],  # noqa: S607 - the user's own
            capture_output=True,
            check=True,
            timeout=_SECONDS,
            env={**os.environ, **_SAFE},
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise _cannot(address, "git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise _cannot(address, f"git timed out after {_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        raise _cannot(address, _first_error(error.stderr.decode(errors="replace"))) from error


def _first_error(output: str) -> str:
    """Return the first error in the output of git; what follows it is advice."""
    errors = re.findall(r"^(?:fatal|error): (.+)", output, re.MULTILINE)
    return next(iter(errors or output.split("\n")[:1]), "") or "git failed"


def _unpack(address: str, archive: Path, folder: Path) -> None:
    """Extract the files of an archive, ignoring their permissions.

    Raises:
        AmlauditError: A member is not a file, such as a link, or is too large.
    """
    folder.mkdir()
    with tarfile.open(archive) as opened:
        for member in opened:
            if member.isdir():
                continue
            content = opened.extractfile(member) if member.isreg() else None
            parts = PurePosixPath(member.name).parts
            if content is None or member.size > LARGEST_SOURCE or {"..", "/"}.intersection(parts):
                raise _cannot(address, f"{member.name} is a link, or too large for a rule pack")
            path = folder.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read(member.size))


def _cannot(address: str, cause: str) -> AmlauditError:
    """Return the error for a pack that cannot be fetched."""
    return AmlauditError(
        "E210",
        f"Cannot fetch the rule pack {address}",
        cause=cause,
        advice="use a repository that you can read, and the full hash of one of its commits",
        exit_code=Exit.INPUT_OUTPUT,
    )
