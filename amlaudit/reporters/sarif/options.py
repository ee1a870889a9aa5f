"""What SARIF is asked for: its reader, its category, and the files that it points at."""

from enum import StrEnum

from msgspec import Struct


class Profile(StrEnum):
    """Who is to read it."""

    GITHUB = "github"
    """GitHub code scanning, which knows no waivers: what is waived is left out."""
    AZURE_DEVOPS = "azure-devops"
    """GitHub Advanced Security for Azure DevOps, and the tab that shows SARIF of a build."""
    FULL = "full"
    """Viewers and archives: every verdict, whatever it is."""


class Where(StrEnum):
    """Which file a result points at; the configuration where it has no other."""

    AUTO = "auto"
    """The declaration, else the inventory."""
    IAC = "iac"
    INVENTORY = "inventory"
    CONFIG = "config"


class SarifOptions(Struct, frozen=True):
    """What SARIF is asked for.

    Attributes:
        profile: Who is to read it.
        category: What GitHub tells uploads apart by, the same for every run over the same scope;
            empty: a name made of the scope.
        unknown: Whether there is a note for each rule that could not judge.
        location: Which file a result points at.
        inventory: Path of the inventory in the repository; empty: there is none.
        locations: Path of the file that says where resources are declared; empty: there is none.
        repository: Folder of the repository, whose files are looked at for the lines that count;
            empty: none is.
        config: Path of the project file in the repository.
        ticket_url: Address of a ticket, `{ticket}` in place of its name; empty: not known.
        pipeline: Identity of a run of Azure Pipelines, `ORG/PROJECT/DEFINITION/PHASE/BRANCH/BUILD`;
            empty: it runs elsewhere.
        definition_name: Name of the pipeline.
        phase_name: Name of its phase.
    """

    profile: Profile = Profile.GITHUB
    category: str = ""
    unknown: bool = True
    location: Where = Where.AUTO
    inventory: str = ""
    locations: str = ""
    repository: str = ""
    config: str = "amlaudit.yaml"
    ticket_url: str = ""
    pipeline: str = ""
    definition_name: str = "amlaudit"
    phase_name: str = "amlaudit"
