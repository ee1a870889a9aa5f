"""The loopback Azure with a generated fleet, in a separate process.

Usage: python -m benchmarks.serving WORKSPACES SUBSCRIPTIONS FOLDER

It prints a line of JSON once it is ready: its address, the file of its certificate authority, and
the number of its documents. Then it executes lines from stdin: `quotas` and `free` switch the
published quotas on and off and reset the counts; `counts` prints the number of requests per lane.
It exits at the end of its input.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from amlaudit.core import arm_id
from benchmarks.fleet import documents
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import make_certificates
from tests.loopback.faults import GRAPH_PATH
from tests.loopback.quotas import Quotas
from tests.loopback.wire import Request


def main(workspaces: int, subscriptions: int, folder: Path) -> None:
    """Serve until the end of the input."""
    certificates = make_certificates(folder)
    held = list(documents(workspaces, subscriptions))
    with LoopbackAzure(certificates, held) as azure:
        ca_file = str(certificates.ca_file)
        _say({"endpoint": azure.endpoint, "ca_file": ca_file, "documents": len(held)})
        for line in sys.stdin:
            match line.strip():
                case "counts":
                    _say(Counter(map(lane, azure.requests)))
                case mode:
                    azure.quotas = Quotas() if mode == "quotas" else None
                    azure.requests.clear()


def lane(request: Request) -> str:
    """Return what a request is counted under: `graph`, a subscription, or `/` for the tenant."""
    if request.place == GRAPH_PATH:
        return "graph"
    return arm_id.subscription_of(arm_id.normalise(request.place))


def _say(value: object) -> None:
    """Print a line of JSON, and flush it."""
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
