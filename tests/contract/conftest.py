"""One certificate authority for all contract tests, and a loopback Azure for each."""

from collections.abc import Iterator

import pytest

from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates, make_certificates, trusting
from tests.loopback.estate import documents


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make the certificates that every server shows."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def _only_this_machine(certificates: Certificates) -> Iterator[None]:
    """Let the SDK trust the authority, and use no proxy."""
    with trusting(certificates):
        yield


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve the small estate."""
    with LoopbackAzure(certificates, documents()) as served:
        yield served
