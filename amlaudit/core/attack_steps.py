"""The steps that make up attacks on a workspace: what a fail lets an attacker do next.

A step can be taken where all of its rules fail on one resource. The chains are those that the
guidance warns of: https://learn.microsoft.com/azure/machine-learning/concept-enterprise-security
and https://learn.microsoft.com/azure/machine-learning/concept-vulnerability-management
"""

from enum import StrEnum
from typing import Final, NamedTuple


class Place(StrEnum):
    """Where an attacker is: outside, at a part of a workspace, or in control of everything."""

    INTERNET = "the internet"
    OTHER_TENANTS = "another organisation"
    OTHER_ENVIRONMENTS = "another environment"
    OTHER_WORKSPACES = "another workspace"
    WORKSPACE = "the workspace"
    ENDPOINT = "the endpoint"
    COMPUTE = "the compute"
    STORAGE = "the storage account"
    VAULT = "the key vault"
    REGISTRY = "the container registry"
    CONTROL = "control of a resource group"

    __hash__ = str.__hash__  # the enum's own is several times slower, and used a lot


OUTSIDE: Final = (
    Place.INTERNET,
    Place.OTHER_TENANTS,
    Place.OTHER_ENVIRONMENTS,
    Place.OTHER_WORKSPACES,
)
"""Where attacks begin."""

GOALS: Final = (Place.STORAGE, Place.VAULT, Place.REGISTRY, Place.CONTROL)
"""What attackers are after: data, secrets, images, and everything."""

RELATIONS: Final = {
    Place.WORKSPACE: "",
    Place.ENDPOINT: "online-endpoints",
    Place.COMPUTE: "computes",
    Place.STORAGE: "storage",
    Place.VAULT: "key-vault",
    Place.REGISTRY: "container-registry",
}
"""How the resources of a place are reached from the workspace; the empty relation is itself."""


class Step(NamedTuple):
    """What an attacker can do where some rules fail.

    Attributes:
        start: Where the attacker is.
        end: Where that leads.
        at: The place whose resource the rules judge.
        rules: Ids of the rules that must all fail there.
        because: What makes it possible, about the resource at which the rules fail.
    """

    start: Place
    end: Place
    at: Place
    rules: tuple[str, ...]
    because: str


STEPS: Final = (
    Step(Place.INTERNET, Place.WORKSPACE, Place.WORKSPACE, ("AML1201", "AML1204"),
         "it accepts a stolen token from any address"),
    Step(Place.OTHER_TENANTS, Place.WORKSPACE, Place.WORKSPACE, ("AML1308",),
         "people from other organisations can change it"),
    Step(Place.INTERNET, Place.ENDPOINT, Place.ENDPOINT, ("AML1702", "AML1701"),
         "it answers anyone who has its key, from any address"),
    Step(Place.INTERNET, Place.COMPUTE, Place.COMPUTE, ("AML1602",),
         "its nodes accept SSH from outside"),
    Step(Place.INTERNET, Place.COMPUTE, Place.COMPUTE, ("AML1603",),
         "it accepts SSH from outside"),
    Step(Place.INTERNET, Place.STORAGE, Place.STORAGE, ("AML1505", "AML1506"),
         "one of its containers is open to anyone, without sign-in"),
    Step(Place.INTERNET, Place.STORAGE, Place.STORAGE, ("AML1501", "AML1502"),
         "it accepts a leaked key or token from any address"),
    Step(Place.INTERNET, Place.VAULT, Place.VAULT, ("AML1401", "AML1402", "AML1414"),
         "it answers any address, and principals other than workspaces can read its secrets"),
    Step(Place.INTERNET, Place.REGISTRY, Place.REGISTRY, ("AML2103", "AML2101"),
         "it accepts its admin password from any address"),
    Step(Place.INTERNET, Place.REGISTRY, Place.REGISTRY, ("AML2102",),
         "anyone can pull its images"),
    Step(Place.OTHER_ENVIRONMENTS, Place.STORAGE, Place.STORAGE, ("AML2014",),
         "an identity from another environment can write to it"),
    Step(Place.OTHER_WORKSPACES, Place.STORAGE, Place.WORKSPACE, ("AML1107",),
         "another workspace can change its files"),
    Step(Place.OTHER_WORKSPACES, Place.VAULT, Place.WORKSPACE, ("AML1108",),
         "another workspace can read its secrets"),
    Step(Place.WORKSPACE, Place.STORAGE, Place.WORKSPACE, ("AML2003",),
         "it gives the account key to everyone who works in it"),
    Step(Place.WORKSPACE, Place.VAULT, Place.WORKSPACE, ("AML1314",),
         "everyone who works in it can list its secrets"),
    Step(Place.WORKSPACE, Place.CONTROL, Place.WORKSPACE, ("AML1303",),
         "jobs run under its identity, which administers the group"),
    Step(Place.ENDPOINT, Place.CONTROL, Place.ENDPOINT, ("AML1318",),
         "code in it runs under an identity that administers, or writes images or data"),
    Step(Place.COMPUTE, Place.CONTROL, Place.COMPUTE, ("AML1317",),
         "code on it runs under an identity with an administrative role"),
    Step(Place.VAULT, Place.STORAGE, Place.WORKSPACE, ("AML2003",),
         "the account key is among its secrets"),
    Step(Place.REGISTRY, Place.COMPUTE, Place.REGISTRY, ("AML2113",),
         "principals other than workspaces can push images that the compute runs"),
)  # fmt: skip
