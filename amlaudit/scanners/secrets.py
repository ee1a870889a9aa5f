"""Secrets are dropped on arrival: nothing that opens a door reaches a snapshot, log or report."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

_OPEN: Final = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
_CLOSE: Final = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"

_SECRET_KEYS: Final = re.compile(
    r"""
    .*(password|passwd|pwd|secretvalue|clientsecret|sharedkey|accountkey|storagekey|primarykey
      |secondarykey|accesskey|apikey|connectionstring|instrumentationkey|appinsightskey|sasuri
      |(sas|access|refresh|bearer|security|developer|id)token|personalaccesstoken|privatekey)
    | (pat|token|sas|secret|primary|secondary|identityurl)
    """,
    re.VERBOSE,
)
"""Names of properties whose text is a secret, without case and punctuation."""

_HARMLESS_KEYS: Final = re.compile(
    r"allow.*|disable.*|enable.*|.*(enabled|disabled|policy|type|mode)"
)
"""Names that only say whether or how a secret is used."""

_SECRET_TEXTS: Final = re.compile(
    r"""
      (AccountKey|SharedAccessKey|Password|Pwd|InstrumentationKey)\s*=\s*[^;\s]+
    | [?&]sig=[^&\s]+
    | eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*
    | ://[^/\s:@]+:[^/\s@]+@
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----
    | \b(gh[pousr]_\w{20,}|github_pat_\w{20,})
    | (?<![\w/+])[A-Za-z0-9+/]{86}==(?![\w/+=])
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Texts that are secrets whatever they are called: connection strings, signatures, tokens, keys."""

_ALL_SECRET: Final = frozenset({"environmentvariables", "credentials"})
"""Maps whose values are secrets, or often are; their keys stay."""

_TELLING: Final = frozenset(
    {
        "authtype", "authurl", "authorityurl", "clientid", "credentialstype", "resourceid",
        "resourceurl", "tenantid", "username",
    }
)  # fmt: skip
"""What stands in credentials and only tells whose they are."""


def scrub(value: object, *, secret: bool = False) -> object:
    """Return a JSON value with every secret replaced by a mark that tells equal ones apart.

    Args:
        value: The value.
        secret: Whether every text in it is to be treated as a secret.
    """
    if isinstance(value, Mapping):
        return {
            key: scrub(member, secret=_holds_secrets(str(key), among_secrets=secret))
            for key, member in value.items()
        }
    if isinstance(value, str):
        return redacted(value) if value and (secret or _SECRET_TEXTS.search(value)) else value
    if isinstance(value, Sequence):
        return [scrub(member, secret=secret) for member in value]
    return value


def redacted(text: str) -> str:
    """Return the mark that stands for a secret: 8 hex digits of its SHA-256."""
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_OPEN}redacted:{digest[:8]}{_CLOSE}"


def _holds_secrets(key: str, *, among_secrets: bool) -> bool:
    """Tell whether the texts under a property name are secrets.

    Args:
        key: The name.
        among_secrets: Whether it stands in a map of secrets.
    """
    name = re.sub(r"[^a-z0-9]", "", key.lower())
    if among_secrets:
        return name not in _TELLING
    if name in _ALL_SECRET:
        return True
    return bool(_SECRET_KEYS.fullmatch(name)) and not _HARMLESS_KEYS.fullmatch(name)
