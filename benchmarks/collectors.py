"""The subjects of the collection benchmark, each run in a separate process.

Usage: python -m benchmarks.collectors amlaudit|unpaced|typed ENDPOINT SNAPSHOT RESULT

`amlaudit` collects as users do; `unpaced` does the same without its own rate limits; `typed` makes
all graph queries with the typed clients, and lists the computes of each workspace in a snapshot.
The measurements are written to RESULT as JSON.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock, local
from typing import Any

from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

from amlaudit.core.scope import Scope
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.cloud import cloud_named
from amlaudit.scanners.events import Event, Read
from amlaudit.scanners.live import LiveAzure
from amlaudit.scanners.pace import Pace
from tests.loopback.credential import LoopbackCredential

_UNPACED = Pace(reads_at_once=10**6, reads_per_second=1e6, queries=10**6)
_PER_QUERY = 200
"""Subscriptions per query of amlaudit."""


class Shares:
    """CPU seconds that threads spent on graph queries, and on Resource Manager reads."""

    def __init__(self) -> None:
        """Start at zero."""
        self._told = local()
        self._lock = Lock()
        self.graph = self.manager = 0.0

    def __call__(self, event: Event) -> None:
        """Attribute the CPU time since the thread's previous read to the read that just ended."""
        if not isinstance(event, Read):
            return
        now = time.thread_time()
        spent = now - getattr(self._told, "at", 0.0)
        self._told.at = now
        with self._lock:
            if event.scope:
                self.manager += spent
            else:
                self.graph += spent


def collect(endpoint: str, snapshot: Path, pace: Pace) -> Mapping[str, float]:
    """Collect everything, and return the CPU seconds that the threads spent."""
    shares = Shares()
    source = LiveAzure(
        LoopbackCredential(), cloud_named(endpoint), snapshot, observer=shares, pace=pace
    )
    source.collect(Scope()).close()
    return {"graph": shares.graph, "manager": shares.manager}


def ask_typed(endpoint: str, snapshot: Path) -> Mapping[str, float]:
    """Make queries and lists with the typed clients; return the CPU seconds and their number."""
    db = sqlite3.connect(snapshot)
    of_type = "SELECT id FROM resource WHERE type = ? ORDER BY id"
    subscriptions, workspaces = (
        [each for (each,) in db.execute(of_type, (kind,))]
        for kind in (
            "microsoft.resources/subscriptions",
            "microsoft.machinelearningservices/workspaces",
        )
    )
    db.close()
    options: dict[str, Any] = {
        "base_url": endpoint,
        "credential_scopes": [f"{endpoint}/.default"],
    }
    began = time.process_time()
    rows = _query(ResourceGraphClient(LoopbackCredential(), **options), subscriptions)
    asked = time.process_time()
    clients: dict[str, MachineLearningServicesMgmtClient] = {}
    for each in workspaces:
        _, _, key, _, group, *_, name = each.split("/")
        if key not in clients:
            clients[key] = MachineLearningServicesMgmtClient(LoopbackCredential(), key, **options)
        list(clients[key].machine_learning_compute.list_by_workspace(group, name))
    listed = time.process_time()
    return {
        "graph": asked - began,
        "manager": listed - asked,
        "rows": rows,
        "calls": len(workspaces),
    }


def _query(client: ResourceGraphClient, subscriptions: list[str]) -> int:
    """Send every query, page by page, and return the number of rows."""
    keys, rows = [each.rpartition("/")[2] for each in subscriptions], 0
    batches = [keys[start : start + _PER_QUERY] for start in range(0, len(keys), _PER_QUERY)]
    for query in (query for scanner in all_scanners() for query in scanner.queries):
        for batch in batches:
            options = QueryRequestOptions(result_format="objectArray", top=1000)
            while True:
                asked = QueryRequest(subscriptions=batch, query=query.text, options=options)
                answer = client.resources(asked)
                rows += answer.count
                if not answer.skip_token:
                    break
                options.skip_token = answer.skip_token
    return rows


if __name__ == "__main__":
    what, address, kept, result = sys.argv[1:]
    measured = (
        ask_typed(address, Path(kept))
        if what == "typed"
        else collect(address, Path(kept), Pace() if what == "amlaudit" else _UNPACED)
    )
    Path(result).write_text(json.dumps(measured), "utf-8")
