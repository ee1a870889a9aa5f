"""An Azure of small pages, of which one read always fails and one is refused."""

from typing import Final

from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.estate import documents

FAILING: Final = "/mlw-fraud/datastores"
"""What the path of the read that fails ends with."""


def hindered(certificates: Certificates) -> LoopbackAzure:
    """Return such an Azure, with the small estate."""
    served = LoopbackAzure(certificates, documents(), page_size=2)
    served.fail(faults.path_ends(FAILING), faults.error(500))
    served.principal.denied.add("Microsoft.MachineLearningServices/workspaces/connections/read")
    return served
