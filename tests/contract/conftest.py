"""Fixtures of the contract tests: a certificate authority, rules, and a loopback Azure per test."""

from collections.abc import Iterator

import pytest

from amlaudit.pipeline import Policy
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.scanners.azure import AzureReader
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates, make_certificates, trusting
from tests.loopback.estate import documents
from tests.loopback.reading import reader_of


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Create the certificates that every server presents."""
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


@pytest.fixture
def reader(azure: LoopbackAzure) -> Iterator[AzureReader]:
    """Read the loopback Azure as amlaudit does."""
    with reader_of(azure) as reading:
        yield reading


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Return a policy with the shipped rules."""
    pack, rules = load_pack(shipped("rules"), "built-in")
    return Policy((pack,), rules)
