"""The principal's token: requested once, renewed before it expires, and put on every request."""

import time
from base64 import urlsafe_b64decode
from threading import Lock
from typing import Any, Final

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy

from amlaudit.core.patterns import late_pattern

_RENEW_BEFORE_SECONDS: Final = 300
"""A new token is requested this long before expiry, as in the SDK."""
_ASK_AGAIN_SECONDS: Final = 30
"""Minimum time between token requests: with the Azure CLI, each one starts a process."""
_UNAUTHORISED: Final = 401
_CLAIMS = late_pattern(r'claims="([^"]+)"')


class Tokens:
    """One principal's tokens for one cloud; thread-safe, unlike the SDK's credentials."""

    def __init__(self, credential: TokenCredential, scope: str, tenant: str = "") -> None:
        """Request tokens from a credential when needed.

        Args:
            credential: The principal's credential.
            scope: The scope to request tokens for.
            tenant: Tenant id or domain to sign in to, empty for the credential's own.
        """
        self._tenant = {"tenant_id": tenant} if tenant else {}
        self._credential = credential
        self._scope = scope
        self._lock = Lock()
        self._kept: AccessToken | None = None
        self._failure: AzureError | None = None
        self._claims = ""
        self._refused = ""
        self._asked_at = float("-inf")

    def get(self) -> str:
        """Return the text of a token that is valid for some time yet.

        Raises:
            AzureError: See `get_token`.
        """
        return self.get_token().token

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        """Return a token that is valid for some time yet; to the SDK, this is a credential.

        Raises:
            AzureError: There is no credential, it was rejected, or there was no answer.
        """
        with self._lock:
            is_new = time.monotonic() - self._asked_at < _ASK_AGAIN_SECONDS
            if is_new and self._failure:
                raise self._failure
            if self._kept is None or not (is_new or _is_good(self._kept)):
                self._kept = self._ask()
            return self._kept

    def seconds_left(self) -> float | None:
        """Return the remaining validity of the token, None if there is none."""
        return self._kept.expires_on - time.time() if self._kept else None

    def refused(self, token: str, challenge: str) -> None:
        """Discard a token that Azure rejected.

        Args:
            token: The token.
            challenge: What Azure requires instead, its `WWW-Authenticate` header.
        """
        with self._lock:
            claims = _claims_of(challenge)
            if self._kept is None or self._kept.token != token:
                return  # another thread already has a new one
            if claims or token != self._refused:  # else a new one would be the same
                self._kept, self._claims, self._refused = None, claims, token

    def _ask(self) -> AccessToken:
        """Return a new token; a failure is remembered, so that not every read waits for it."""
        options: dict[str, Any] = self._tenant | ({"claims": self._claims} if self._claims else {})
        self._failure = None
        try:
            return self._credential.get_token(self._scope, **options)
        except AzureError as error:
            self._failure = error
            raise
        except (OSError, ValueError) as error:  # a missing token file, an unusable `az`
            self._failure = ClientAuthenticationError(str(error))
            raise self._failure from error
        finally:
            self._asked_at = time.monotonic()


class Authentication(HTTPPolicy[Any, Any]):
    """Puts the token on every request, and retries once with a new token if it was rejected."""

    def __init__(self, tokens: Tokens) -> None:
        """Use the given tokens."""
        super().__init__()
        self._tokens = tokens

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request on behalf of the principal."""
        if not request.http_request.url.lower().startswith("https:"):
            raise ServiceRequestError("tokens are only sent over https")
        token = self._authorise(request)
        response = self.next.send(request)
        if response.http_response.status_code != _UNAUTHORISED:
            return response
        self._tokens.refused(token, response.http_response.headers.get("WWW-Authenticate", ""))
        if self._authorise(request) == token:
            return response
        return self.next.send(request)

    def _authorise(self, request: PipelineRequest[Any]) -> str:
        """Put a token on a request, and return it."""
        token = self._tokens.get()
        request.http_request.headers["Authorization"] = f"Bearer {token}"
        return token


def _is_good(token: AccessToken) -> bool:
    """Tell whether a token remains valid for some time."""
    return token.expires_on - time.time() > _RENEW_BEFORE_SECONDS


def _claims_of(challenge: str) -> str:
    """Return the claims that a challenge requires in a new token, empty if it requires none.

    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    found = _CLAIMS.search(challenge)
    if not found:
        return ""
    try:
        return urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode()
    except ValueError:
        return ""
