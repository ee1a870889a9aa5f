"""The rules that determine what is drawn: the picture names rules nowhere else."""

from typing import Final

from amlaudit.core.relations import (
    BATCH_ENDPOINT,
    CONTAINER_REGISTRY,
    KEY_VAULT,
    ONLINE_ENDPOINT,
    SERVERLESS_ENDPOINT,
    STORAGE,
    WORKSPACE,
)
from amlaudit.reporters.topology.verdicts import Passage, Question

_REGISTRY_SHUT: Final = ("properties.publicNetworkAccess", "disabled")
"""AML2103 passes for a firewall, too."""

PUBLIC: Final = {
    WORKSPACE: Question(("AML1201", "AML1203"), ("AML1204",)),
    STORAGE: Question(("AML1501",), ("AML1502",)),
    KEY_VAULT: Question(("AML1401",), ("AML1402",)),
    CONTAINER_REGISTRY: Question(("AML2103",), proof=_REGISTRY_SHUT),
    ONLINE_ENDPOINT: Question(("AML1702", "AML1703")),
}
"""From public networks, by type of the target."""
SIGN_IN: Final = Question(("AML1602", "AML1603", "AML1605", "AML1721"))
"""From public networks to computes."""
ENDPOINT: Final = {
    arm_type: Question((rule,), sound=Passage.PRIVATE, failed=Passage.BLOCKED)
    for arm_type, rule in (
        (WORKSPACE, "AML1202"),
        (STORAGE, "AML1504"),
        (KEY_VAULT, "AML1404"),
        (CONTAINER_REGISTRY, "AML2104"),
    )
}
"""Over a private endpoint, by type of its target; an unapproved one leads nowhere."""
NAMES: Final = Question(("AML1207",), sound=Passage.PRIVATE)
"""From an approved private endpoint of the workspace to the zones that hold its names; if these
lead elsewhere, clients use the public address."""
MANAGED: Final = Question(("AML1215",), sound=Passage.PRIVATE)
"""From the managed network of the workspace to its dependencies."""
OUTBOUND: Final = Question(
    ("AML1209", "AML1210", "AML1212", "AML1213", "AML1214", "AML1218"), sound=Passage.PRIVATE
)
"""Out of the workspace: its managed network, and the subnets of its computes."""
PLACED: Final = Question(("AML1604",), sound=Passage.PRIVATE)
"""From the workspace to its computes."""

RULES: Final = frozenset(
    rule
    for question in (
        *(*PUBLIC.values(), *ENDPOINT.values()),
        *(SIGN_IN, NAMES, MANAGED, OUTBOUND, PLACED),
    )
    for rule in question.rules
)
"""All rules that a picture uses."""

KINDS: Final = {
    STORAGE: "Storage account",
    KEY_VAULT: "Key vault",
    CONTAINER_REGISTRY: "Container registry",
    ONLINE_ENDPOINT: "Online endpoint",
    BATCH_ENDPOINT: "Batch endpoint",
    SERVERLESS_ENDPOINT: "Serverless endpoint",
}
"""Display names of the types."""
