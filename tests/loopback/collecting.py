"""A program that collects an Azure into a snapshot, so that a test can kill it.

python -m tests.loopback.collecting ENDPOINT SNAPSHOT [resume]
"""

import sys
from pathlib import Path

from amlaudit.core.scope import Scope
from amlaudit.scanners.cloud import cloud_named
from amlaudit.scanners.live import LiveAzure
from tests.loopback.credential import LoopbackCredential
from tests.loopback.reading import PACE, PATIENCE

if __name__ == "__main__":
    endpoint, snapshot, *further = sys.argv[1:]
    LiveAzure(
        LoopbackCredential(),
        cloud_named(endpoint),
        Path(snapshot),
        PATIENCE,
        pace=PACE,
        resume=further == ["resume"],
    ).collect(Scope()).close()
