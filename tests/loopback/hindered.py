"""An Azure with small pages, in which one read always fails and one is denied."""

from typing import Final

from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.estate import documents

FAILING: Final = "/mlw-fraud/datastores"
"""The end of the path of the read that fails."""


def hindered(certificates: Certificates) -> LoopbackAzure:
    """Return such an Azure, with the small estate."""
    served = LoopbackAzure(certificates, documents(), page_size=2)
    served.fail(faults.path_ends(FAILING), faults.error(500))
    served.principal.denied.add("Microsoft.MachineLearningServices/workspaces/connections/read")
    return served
