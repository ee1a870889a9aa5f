"""Unreachable hosts: the certificate, the proxy, or the connection."""

import pytest

from amlaudit.core.errors import Exit
from amlaudit.scanners.reach import proxy_for, unreachable

POOL = "HTTPSConnectionPool(host='management.azure.com', port=443): Max retries exceeded "
CERTIFICATE = (
    POOL + "(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] "
    "certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1006)')))"
)
PROXY = POOL + "(Caused by ProxyError('x', OSError('Tunnel connection failed: 407 Proxy Auth')))"


def test_an_untrusted_certificate_is_distinguished() -> None:
    error = unreachable("Cannot list the subscriptions", CERTIFICATE)
    assert (error.code, error.exit_code) == ("E108", Exit.NO_ACCESS)
    assert (
        error.message == "TLS: this Python does not trust the certificate of management.azure.com"
    )
    assert error.cause.startswith("self-signed certificate in certificate chain; does your company")
    assert "REQUESTS_CA_BUNDLE" in error.advice
    assert unreachable("x", "certificate_verify_failed").cause == ""


def test_a_proxy_is_named_without_who_signs_in_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@proxy.contoso.com:8080")
    error = unreachable("Cannot list the subscriptions", PROXY)
    told = "Cannot reach management.azure.com (proxy http://proxy.contoso.com:8080 answered 407)"
    assert (error.code, error.message, error.exit_code) == ("E109", told, Exit.NO_ACCESS)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.contoso.com")
    refused = unreachable("x", "ProxyError('Cannot connect to proxy.')").message
    assert refused == "Cannot reach Azure (proxy http://proxy.contoso.com refused the connection)"


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("HTTPS_PROXY", "http://me:secret@proxy.example:8080", "http://proxy.example:8080"),
        ("HTTPS_PROXY", "proxy.example:8080", "http://proxy.example:8080"),
        ("ALL_PROXY", "http://proxy.example", "http://proxy.example"),
        ("HTTPS_PROXY", "http://proxy.example:port", "http://proxy.example"),
        ("HTTPS_PROXY", "", ""),
    ],
)
def test_the_proxy_is_the_one_that_requests_go_through(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(variable, value)
    assert proxy_for("https://management.azure.com") == told
    monkeypatch.setenv("NO_PROXY", "management.azure.com")
    assert proxy_for("https://management.azure.com") == ""


def test_other_failures_state_what_could_not_be_done() -> None:
    error = unreachable("Cannot list the subscriptions", "no route to host")
    assert (error.code, error.message) == ("E109", "Cannot list the subscriptions")
    assert error.cause == "no route to host"
