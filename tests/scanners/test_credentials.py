"""Failed sign-ins explain the reason briefly and immediately."""

import time
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.scanners.cloud import CLOUDS, SIGN_IN_WAYS
from amlaudit.scanners.credentials import CREDENTIALS, credential_named, short, sign_in
from amlaudit.scanners.tokens import Tokens

PUBLIC = CLOUDS["public"]
CHAIN = """DefaultAzureCredential failed to retrieve a token from the included credentials.
Attempted credentials:
\tEnvironmentCredential: EnvironmentCredential authentication unavailable. Environment variables \
are not fully configured.
Visit https://aka.ms/azsdk/python/identity/environmentcredential/troubleshoot to troubleshoot.
\tManagedIdentityCredential: ManagedIdentityCredential authentication unavailable, no response \
from the IMDS endpoint.
\tAzureCliCredential: Please run 'az login' to set up an account
To mitigate this issue, please refer to the troubleshooting guidelines here at https://aka.ms/x."""


class Failing:
    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        self.asked += 1
        raise self.error


def failed(error: Exception) -> AmlauditError:
    with pytest.raises(AmlauditError) as caught:
        sign_in(Tokens(Failing(error), PUBLIC.token_scope), PUBLIC)
    assert caught.value.exit_code == Exit.NO_ACCESS
    assert len(caught.value.cause) < 400
    return caught.value


def test_every_attempt_is_named_and_those_that_got_somewhere_speak() -> None:
    error = failed(ClientAuthenticationError(CHAIN))
    assert error.message == (
        "No Azure credential found. Tried: Environment, Managed Identity, Azure CLI."
    )
    assert error.cause == (
        "Managed Identity: no response from the IMDS endpoint.; "
        "Azure CLI: Please run 'az login' to set up an account"
    )


def test_a_wrong_secret_is_distinguished_from_none() -> None:
    account = (
        "Authentication failed: AADSTS7000215: Invalid client secret provided. Trace ID: 1-2 "
        "Correlation ID: 3-4 Timestamp: 2026-01-01"
    )
    error = failed(ClientAuthenticationError(account))
    assert (error.code, error.message) == ("E101", "Azure rejected the credential (AADSTS7000215)")
    assert error.cause == "AADSTS7000215: Invalid client secret provided."


def test_a_rejected_federated_token_has_its_own_error() -> None:
    account = "AADSTS700213: No matching federated identity record found for subject 'repo:x'."
    error = failed(ClientAuthenticationError(account))
    assert error.code == "E106"
    assert "repo:x" in error.cause


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (ServiceRequestError("no route to host"), "E109"),
        (FileNotFoundError("token file"), "E101"),
        (ValueError("no JSON"), "E101"),
    ],
)
def test_every_credential_failure_is_an_error_with_advice(raised: Exception, code: str) -> None:
    error = failed(raised)
    assert error.code == code
    assert error.advice


def test_a_failure_is_not_retried_at_once() -> None:
    credential = Failing(ClientAuthenticationError("no"))
    tokens = Tokens(credential, "scope")
    for _ in range(5):
        with pytest.raises(AzureError):
            tokens.get()
    assert credential.asked == 1


def test_a_long_account_is_cut() -> None:
    assert len(short("x" * 1800)) == 120
    assert short("first line\nsecond line") == "first line"


def test_every_way_to_sign_in_has_a_name_on_the_command_line() -> None:
    assert tuple(CREDENTIALS) == SIGN_IN_WAYS


@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_without_any_setup_every_method_fails_fast(
    name: str, cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", "")
    # A local address without a listener, in place of the metadata service.
    monkeypatch.setattr("azure.identity._credentials.imds.IMDS_AUTHORITY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    began = time.monotonic()
    with pytest.raises(AmlauditError) as caught:
        sign_in(Tokens(credential_named(name, cloud), cloud.token_scope), cloud)
    assert caught.value.code == "E101"
    assert time.monotonic() - began < 60  # it does not wait for what is not configured


def test_an_empty_credential_chain_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "nobody")
    with pytest.raises(AmlauditError, match="E101"):
        credential_named("auto", PUBLIC)


@pytest.mark.parametrize("cloud", [CLOUDS["usgovernment"], CLOUDS["china"]])
def test_a_service_principal_signs_in_where_its_cloud_has_it(
    cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "00000000-0000-0000-0000-000000000001")
    credential: Any = credential_named("environment", cloud)
    assert credential._credential._authority.endswith(cloud.authority)  # noqa: SLF001
