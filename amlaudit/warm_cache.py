"""Fills the cache of rules and tables; run by the wheel build, so that no run has to parse them."""

from amlaudit.resources import shipped_profiles
from amlaudit.rulebook.agenda import shipped_agenda
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.shipped_pack import load_shipped
from amlaudit.scanners.deployments.roles import role_ids
from amlaudit.scanners.deployments.terraform.mapping import resource_map


def warm() -> None:
    """Read everything that is cached once it has been read."""
    load_shipped()
    shipped_agenda()
    for name in shipped_profiles():
        read_profile(name)
    role_ids()
    resource_map("")


if __name__ == "__main__":
    warm()
