"""AML1619: setup scripts are approved and hold no secrets."""

import re
from base64 import b64decode
from hashlib import sha256
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.instances import is_instance
from amlaudit.readings.patterns import finds, matches
from amlaudit.readings.secrets import unshown

SCRIPTS: Final = "properties.properties.setupScripts.scripts"
SOURCES: Final = ("inline", "workspace", "workspacestorage")
BASE64: Final = re.compile(r"([\w+/]{4})*([\w+/]{3}=|[\w+/]{2}==)?", re.ASCII)
# Not what a script takes from a variable or a command: TOKEN=$(…)
LEAK: Final = r"""(password|secret|token|accountkey|sig)\s*[=:]\s*["']?[^\s"'$<]{4}"""
DROPPED: Final = "redacted:[0-9a-f]{8}"  # what stands where a secret was dropped on arrival


@rule(
    id="AML1619",
    title="The setup scripts of the compute instance are approved and hold no secret",
    severity="medium",
    severity_reason="They run as root, and everybody who may read the instance reads them.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "A setup script may do anything to the machine that its user will later trust, so it "
        "matters where it comes from. The script and its arguments are shown in clear to every "
        "reader of the workspace; a password in them is a password on the notice board."
    ),
    fix=Fix(
        "az ml compute create --file instance.yml --resource-group {group} "
        "--workspace-name <workspace>",
        change=Change.RECREATE,
        note="The file names the approved script, which fetches its secrets from the key vault.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://learn.microsoft.com/azure/machine-learning/concept-vulnerability-management",
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
    ),
    mappings={"mcsb": ("IM-8", "PV-3"), "waf": ("Security",)},
    parameters={
        "required_script_sha256": ("", "Hash of the inline script that each instance must carry."),
        "approved_script_paths": (("*",), "Patterns of the paths that scripts may come from."),
        "secret_patterns": (
            (LEAK, DROPPED),
            "Regular expressions of texts that are taken for secrets.",
        ),
    },
)
def scripts_controlled(compute: Subject) -> Verdict:
    """Look at the scripts without keeping them as evidence, as they may hold a secret."""
    if not is_instance(compute):
        return not_applicable("only compute instances have setup scripts")
    required = str(compute.parameters["required_script_sha256"]).lower()
    for kind in ("creationScript", "startupScript"):
        script = unshown(compute, f"{SCRIPTS}.{kind}.scriptData")
        if script and one_of(compute, f"{SCRIPTS}.{kind}.scriptSource", SOURCES) == "inline":
            script = (
                b64decode(script).decode(errors="replace") if BASE64.fullmatch(script) else script
            )
        elif script and not matches(compute, "approved_script_paths", script):
            return fail(f"the {kind} comes from a path that is not approved")
        told = f"{script} {unshown(compute, f'{SCRIPTS}.{kind}.scriptArguments')}"
        if finds(compute, "secret_patterns", told):
            return fail(f"the {kind} or its arguments hold what looks like a secret")
        is_required = kind == "creationScript" and required
        if is_required and sha256(script.encode()).hexdigest() != required:
            return fail("the instance does not carry the required creation script")
    return ok()
