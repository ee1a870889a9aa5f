"""Redaction of secrets on arrival: no usable credential reaches a snapshot, log or report."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

from amlaudit.core.patterns import late_pattern

_OPEN: Final = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
_CLOSE: Final = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"

_SECRET_KEYS: Final = late_pattern(
    r"""
    .*(passwords?|passwd|pwd|secretvalue|clientsecret|sharedkey|accountkey|storagekey|primarykey
      |secondarykey|accesskey|apikey|connectionstring|instrumentationkey|appinsightskey|sasuri
      |token
      |privatekey(data)?|keytab|(app|server|shared)secret
      |(admin|authorization|function|host|master|query|service|signing|workspace)key
      |scriptdata|scriptarguments)
    | (pat|sas|key|secret|primary|secondary|identityurl)
    """,
    re.VERBOSE,
)
"""Names of properties whose text is a secret, lower case without punctuation."""

_HARMLESS_KEYS: Final = late_pattern(
    r"allow.*|disable.*|enable.*|.*(enabled|disabled|policy|type|mode)"
)
"""Names that only say whether or how a secret is used."""

_ASSIGNED: Final = late_pattern(
    r"""
      (AccountKey|SharedAccessKey|Password|Pwd|InstrumentationKey)\s*=\s*[^;\s]+
    | \bsig=[^&\s]+
    | [?&](code|key|token|api[_-]?key|access[_-]token|subscription-key)=[^&\s]{8,}
    | ://[^/\s:@]+:[^/\s@]+@
    | https?://[^/\s:@]{20,}@
    | (?<![\w/+])[A-Za-z0-9+/]{86}==(?![\w/+=])
    | (password|passwd|pwd|secret|token|(api|account|access|shared)_?key|connection_?string)
      \\{0,8}["']\s{0,8}:\s{0,8}
      (\{\s{0,8}\\{0,8}["']value\\{0,8}["']\s{0,8}:\s{0,8})?\\{0,8}["'][^"'\s\\]
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Connection strings, signatures, logins and codes in URLs, keys, and JSON inside a text.

All contain a `=`, a `@`, or a `:` with a quotation mark.
"""

_TOKENS: Final = late_pattern(
    r"""
      \bBearer\s+[\w.~+/-]{20,}
    | eyJ[\w-]{8,2048}+\.[\w-]{8,}+\.[\w-]*
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----
    | \bLS0tLS1CRUdJTi[A-Za-z0-9+/=]{16,}
    | \b(gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abeprs]-[\w-]{10,})
    | \b(hf_\w{30,}|npm_\w{36}|pypi-[\w-]{50,}|AIza[\w-]{35}|dapi[0-9a-f]{32})
    | (?<![\w-])sk-[\w-]{40,}
    | \b([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}|[a-z2-7]{52})\b
    | \b[\w.~-]{3}[0-9]Q~[\w.~-]{31,}
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Tokens, whatever the property is called; each has at least `_SHORTEST` characters.

Microsoft's own list has most of them: https://learn.microsoft.com/purview/sit-defn-all-creds.
"""
_MARKED: Final = late_pattern(
    r"bearer|eyj|-----begin|ls0tls1crudjti|gh[pousr]_|github_pat_|glpat-|xox|hf_|npm_|pypi-|aiza"
    r"|dapi|sk-|azdo|q~"
)
"""What each token contains, lower case; the only one without such a mark is `_UNMARKED`.

Most texts are ids, and searching for these marks first takes a tenth of the time.
"""
_UNMARKED: Final = late_pattern(r"\b[A-Za-z2-7]{52}\b")
_SHORTEST_UNMARKED: Final = 52
_SHORTEST: Final = 15
_SHORTEST_NUMBER: Final = 4

_ALL_SECRET: Final = frozenset(
    {"environmentvariables", "credentials", "configurationprotectedsettings", "protectedsettings"}
)
"""Maps whose values are, or often are, secrets; their keys are kept."""

_CHOSEN: Final = frozenset({"outboundRules", "outboundrules"})
"""Maps of objects under user-chosen names, which say nothing about what they hold."""

_REFERENCE: Final = late_pattern(
    r"\$\{\{(azureml://connections/|keyvault:https://)[\w./:@-]+\}\}", re.IGNORECASE
)
"""References to secrets stored elsewhere: only those who may read that place can learn them.

https://learn.microsoft.com/azure/machine-learning/how-to-deploy-online-endpoint-with-secret-injection
"""

_TELLING: Final = frozenset(
    {
        "authtype", "authurl", "authorityurl", "clientid", "credentialstype", "resourceid",
        "resourceurl", "tenantid", "username",
    }
)  # fmt: skip
"""Parts of credentials that only say whose they are."""


def scrub(value: object, *, secret: bool = False, chosen: bool = False) -> object:
    """Return a JSON value with every secret replaced by a mark; equal secrets get equal marks.

    Args:
        value: The value.
        secret: Whether every text in it is to be treated as a secret.
        chosen: Whether its names say nothing about the values under them.
    """
    if isinstance(value, str):
        if secret and value and not _REFERENCE.fullmatch(value):
            return redacted(value)
        return safe(value)
    if value is None or isinstance(value, int | float):
        return redacted(str(value)) if secret and _is_long_number(value) else value
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 - the first is quick
        found: dict[str, object] = {}
        for key, member in value.items():
            name, holds_secrets = _named(str(key), secret)
            inner = secret if chosen else holds_secrets
            found[name] = scrub(member, secret=inner, chosen=key in _CHOSEN)
        return found
    if isinstance(value, Sequence):
        return [scrub(member, secret=secret) for member in value]
    return value


def safe(text: str) -> str:
    """Return a text, or its mark if it is or contains a secret."""
    assigned = _may_be_assigned(text) and _ASSIGNED.search(text)
    secret = assigned or (len(text) >= _SHORTEST and _may_hold_token(text) and _TOKENS.search(text))
    return redacted(text) if secret else text


def _is_long_number(value: float | None) -> bool:
    """Tell whether a number is long enough to be a secret; shorter ones are shares and counts."""
    is_number = value is not None and not isinstance(value, bool)
    return is_number and len(str(value)) >= _SHORTEST_NUMBER


def _may_be_assigned(text: str) -> bool:
    """Tell whether a text contains something that precedes a secret."""
    return "=" in text or "@" in text or (":" in text and ('"' in text or "'" in text))


@lru_cache(maxsize=4096)  # documents of a type have the same names over and over
def is_secret_name(name: str) -> bool:
    """Tell whether the value of a property with this name is a secret."""
    return _holds_secrets(name, among_secrets=False)


@lru_cache(maxsize=4096)  # as above
def _named(key: str, among_secrets: bool) -> tuple[str, bool]:  # noqa: FBT001 - a part of the key
    """Return the name of a property as it may be shown, and whether it holds secrets."""
    return safe(key), _holds_secrets(key, among_secrets=among_secrets)


def _may_hold_token(text: str) -> bool:
    """Tell whether a text contains a mark of a token."""
    if not text.isascii():  # letters of other alphabets may match ASCII ones when ignoring case
        return True
    if _MARKED.search(text.lower()):
        return True
    return len(text) >= _SHORTEST_UNMARKED and _UNMARKED.search(text) is not None


def redacted(text: str) -> str:
    """Return the mark that replaces a secret: 8 hex digits of its SHA-256."""
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_OPEN}redacted:{digest[:8]}{_CLOSE}"


def _holds_secrets(key: str, *, among_secrets: bool) -> bool:
    """Tell whether the texts under a property name are secrets.

    Args:
        key: The name.
        among_secrets: Whether it is in a map of secrets.
    """
    name = re.sub(r"[^a-z0-9]", "", key.lower())
    if among_secrets:
        return name not in _TELLING
    if name in _ALL_SECRET:
        return True
    return bool(_SECRET_KEYS.fullmatch(name)) and not _HARMLESS_KEYS.fullmatch(name)
