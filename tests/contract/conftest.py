"""One certificate authority for all contract tests, and a loopback Azure for each."""

from collections.abc import Iterator

import pytest

from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates, make_certificates
from tests.loopback.estate import documents


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make the certificates that every server of the session shows."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def _only_this_machine(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK trust the authority, as it trusts a company's, and let it use no proxy."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca_file))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost,127.0.0.1")


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve the small estate."""
    with LoopbackAzure(certificates, documents()) as served:
        yield served
