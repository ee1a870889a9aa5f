"""Options for SARIF: its reader, its category, and the files that it points to."""

from enum import StrEnum

from msgspec import Struct


class Profile(StrEnum):
    """The intended reader."""

    GITHUB = "github"
    """GitHub code scanning, which has no waivers: waived fails are left out."""
    AZURE_DEVOPS = "azure-devops"
    """GitHub Advanced Security for Azure DevOps, and the tab that shows a build's SARIF."""
    FULL = "full"
    """Viewers and archives: all verdicts."""


class Where(StrEnum):
    """The file that a result points to; the configuration if there is no other."""

    AUTO = "auto"
    """The declaration, else the inventory."""
    IAC = "iac"
    INVENTORY = "inventory"
    CONFIG = "config"


class SarifOptions(Struct, frozen=True):
    """Options for SARIF.

    Attributes:
        profile: The intended reader.
        category: Distinguishes uploads on GitHub, the same for every run over the same scope;
            empty: a name derived from the scope.
        unknown: Whether there is a note for each rule that could not judge.
        location: Which file a result points to.
        inventory: Path of the inventory in the repository; empty: there is none.
        locations: Path of the file that says where resources are declared; empty: there is none.
        repository: Folder of the repository, whose files are read for the relevant lines; empty:
            none are read.
        config: Path of the project file in the repository.
        ticket_url: Address of a ticket, `{ticket}` in place of its name; empty: unknown.
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
