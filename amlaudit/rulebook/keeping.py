"""Keeps all that can be kept; the build of the wheel runs it, so that no run has to read rules."""

from amlaudit.resources import shipped_profiles
from amlaudit.rulebook.agenda import shipped_agenda
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.shipped_pack import load_shipped


def keep_all() -> None:
    """Read what is kept once it was read."""
    load_shipped()
    shipped_agenda()
    for name in shipped_profiles():
        read_profile(name)


if __name__ == "__main__":
    keep_all()
