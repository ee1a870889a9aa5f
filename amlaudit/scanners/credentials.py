"""Who signs in: the credential, and what its token says of the principal; never the token."""

import json
import logging
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Any

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.scanners.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Principal:
    """Who reads Azure.

    Attributes:
        name: Kind and id, `service principal 1b2c…`.
        tenant: Tenant id.
    """

    name: str
    tenant: str


def default_credential(cloud: Cloud) -> TokenCredential:
    """Return the SDK's chain of credentials: environment, workload identity, Azure CLI, ….

    Raises:
        AmlauditError: AZURE_TOKEN_CREDENTIALS names no credential.
    """
    # The SDK reports each failed attempt as a warning; the error that follows says it once.
    logging.getLogger("azure").setLevel(logging.ERROR)
    options = {"authority": cloud.authority} if cloud.authority else {}
    try:
        return DefaultAzureCredential(**options)
    except ValueError as error:
        raise AmlauditError(
            "E101",
            "The credential cannot be set up",
            cause=str(error),
            exit_code=Exit.NO_ACCESS,
        ) from error


def sign_in(credential: TokenCredential, cloud: Cloud) -> Principal:
    """Ask for a first token, and return whose it is.

    Asked once, before threads start: the SDK does not lock its token cache.

    Raises:
        AmlauditError: There is no credential, or it was refused.
    """
    try:
        token = credential.get_token(cloud.token_scope).token
    except ClientAuthenticationError as error:
        raise AmlauditError(
            "E101",
            "No Azure credential found. Tried: environment, workload identity, managed identity, "
            "Azure CLI.",
            cause=_first_line(str(error.message)),
            advice="`az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and a federated token; "
            "in GitHub add `id-token: write`",
            exit_code=Exit.NO_ACCESS,
        ) from error
    claims = _claims(token)
    kind = "user" if claims.get("idtyp", "user" if "upn" in claims else "app") == "user" else ""
    name = claims.get("oid", "") if kind else claims.get("appid", claims.get("oid", ""))
    return Principal(f"{kind or 'service principal'} {name}".strip(), str(claims.get("tid", "")))


def _claims(token: str) -> dict[str, Any]:
    """Return what a token says of its owner; empty if it does not say.

    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, Base64Error):
        return {}
    return claims if isinstance(claims, dict) else {}


def _first_line(text: str) -> str:
    """Return the first line of the SDK's account, which can have eighteen hundred characters."""
    return text.strip().partition("\n")[0]
