"""Signing in: the credential, and what its token says about the principal; never the token."""

import json
import logging
import os
import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from typing import Any, Final

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity import (
    AzureCliCredential,
    ChainedTokenCredential,
    DefaultAzureCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from msgspec import Struct

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.patterns import GUID, late_pattern
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.reach import unreachable
from amlaudit.scanners.tokens import Tokens

_ATTEMPT = late_pattern(r"^\t(\w+?)(?:Credential)?: (.*)$", re.MULTILINE)
_CODE = late_pattern(r"AADSTS\d+")
_OPAQUE = late_pattern(
    r"^\w+ authentication unavailable[.,]?\s*|"
    r"\s*(Trace ID|Correlation ID|Timestamp|Visit https?:|Please visit|See the trouble|To mitig).*",
    re.DOTALL,
)
_UNSET: Final = "not fully configured"
_LONGEST: Final = 120
"""Characters kept of one credential's error; the SDK's full message has eighteen hundred."""

_SIGN_IN: Final = (
    "run `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and a federated token; "
    "in GitHub add `id-token: write`"
)
_FEDERATION: Final = frozenset({"AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213"})
"""The federated token has an issuer, subject or audience that the identity does not expect.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""


class Principal(Struct, frozen=True):
    """Who reads Azure.

    Attributes:
        name: Kind and id, `service principal 1b2c…`.
        tenant: Tenant id.
    """

    name: str
    tenant: str


def _managed_identity(_options: Mapping[str, str]) -> TokenCredential:
    """Return this machine's identity; in a chain, its absence is detected in 1 second, not 12."""
    return ChainedTokenCredential(
        ManagedIdentityCredential(client_id=os.environ.get("AZURE_CLIENT_ID"))
    )


def _environment(options: Mapping[str, str]) -> TokenCredential:
    """Return the service principal from the environment, in the cloud being read."""
    return EnvironmentCredential(**_only(options, "authority"))


def _cli(_options: Mapping[str, str]) -> TokenCredential:
    """Return whoever is signed in to the Azure CLI, which is configured for its own cloud."""
    return AzureCliCredential()


def _workload_identity(options: Mapping[str, str]) -> TokenCredential:
    """Return the identity of a federated token."""
    return WorkloadIdentityCredential(**options)


def _any_of_them(options: Mapping[str, str]) -> TokenCredential:
    """Return the SDK's chain: environment, workload identity, managed identity, Azure CLI, ….

    Excludes those that need a desktop.
    """
    return DefaultAzureCredential(
        exclude_broker_credential=True,
        exclude_shared_token_cache_credential=True,
        exclude_visual_studio_code_credential=True,
        **_only(options, "authority"),
    )


CREDENTIALS: Final[Mapping[str, Callable[[Mapping[str, str]], TokenCredential]]] = {
    "auto": _any_of_them,
    "cli": _cli,
    "environment": _environment,
    "managed-identity": _managed_identity,
    "workload-identity": _workload_identity,
}
"""Ways to sign in, by name."""


def credential_named(name: str, cloud: Cloud, tenant: str = "") -> TokenCredential:
    """Return a credential, without requesting a token yet.

    Args:
        name: One of `CREDENTIALS`.
        cloud: The cloud to read.
        tenant: Tenant id or domain to sign in to, empty for the credential's own.

    Raises:
        AmlauditError: It cannot be set up, for example because AZURE_TOKEN_CREDENTIALS names none.
    """
    # The SDK logs each failed attempt as a warning; the error that follows reports it once.
    logging.getLogger("azure").setLevel(logging.ERROR)
    given = {"authority": cloud.authority, "tenant_id": tenant}
    try:
        return CREDENTIALS[name]({key: value for key, value in given.items() if value})
    except ValueError as error:
        raise AmlauditError(
            "E101",
            "The credential cannot be set up",
            cause=short(str(error)),
            advice=_SIGN_IN,
            exit_code=Exit.NO_ACCESS,
        ) from error


def sign_in(tokens: Tokens, cloud: Cloud, tenant: str = "") -> Principal:
    """Request a first token, and return its owner.

    Args:
        tokens: The principal's tokens.
        cloud: The cloud to read.
        tenant: Requested tenant id or domain, empty for any.

    Raises:
        AmlauditError: There is no credential, it was rejected, or it belongs to another tenant.
    """
    try:
        token = tokens.get()
    except ClientAuthenticationError as error:
        raise _refused(str(error.message)) from error
    except AzureError as error:
        place = cloud.authority or "the sign-in endpoint"
        raise unreachable(f"Cannot reach {place}", short(str(error.message))) from error
    claims = _claims(token)
    kind = "user" if claims.get("idtyp", "user" if "upn" in claims else "app") == "user" else ""
    name = claims.get("oid", "") if kind else claims.get("appid", claims.get("oid", ""))
    signed = str(claims.get("tid", ""))
    if GUID.fullmatch(tenant) and signed and signed.lower() != tenant.lower():
        raise AmlauditError(
            "E102",
            f"You are signed in to tenant {signed}, not to {tenant}",
            advice=f"run `az login --tenant {tenant}`",
            exit_code=Exit.NO_ACCESS,
        )
    return Principal(f"{kind or 'service principal'} {name}".strip(), signed)


def _refused(account: str) -> AmlauditError:
    """Return the error for a principal that got no token.

    Args:
        account: The SDK's message about all attempts.
    """
    code = _CODE.search(account)
    if code and code[0] in _FEDERATION:
        return AmlauditError(
            "E106",
            f"The federated token was rejected ({code[0]})",
            cause=short(account[code.start() :]),
            advice="add its subject to the federated credentials of the identity",
            exit_code=Exit.NO_ACCESS,
        )
    attempts = [(_spaced(name), short(text)) for name, text in _ATTEMPT.findall(account)]
    if code:
        message, cause = (
            f"Azure rejected the credential ({code[0]})",
            short(account[code.start() :]),
        )
    else:
        tried = f" Tried: {', '.join(name for name, _ in attempts)}." if attempts else ""
        message = f"No Azure credential found.{tried}"
        # Credentials that are merely not configured are irrelevant.
        telling = [f"{name}: {text}" for name, text in attempts if text and _UNSET not in text]
        cause = "; ".join(telling) or ("none of them is configured" if attempts else short(account))
    return AmlauditError("E101", message, cause=cause, advice=_SIGN_IN, exit_code=Exit.NO_ACCESS)


def short(text: str) -> str:
    """Return the first line of an SDK message, without its unhelpful parts."""
    line = _OPAQUE.sub("", text.strip()).partition("\n")[0].strip()
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _spaced(name: str) -> str:
    """Return the words in a credential's class name: `AzureCli`, `azure cli`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).split()
    return " ".join(words).replace("Cli", "CLI").replace("Power Shell", "PowerShell")


def _only(options: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return some of the options."""
    return {name: value for name, value in options.items() if name in names}


def _claims(token: str) -> dict[str, Any]:
    """Return a token's claims about its owner; empty if it has none.

    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, Base64Error):
        return {}
    return claims if isinstance(claims, dict) else {}
