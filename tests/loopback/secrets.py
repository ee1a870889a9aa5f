"""Made-up secrets, in the formats that occur in documents and errors of Azure.

Formats: https://learn.microsoft.com/purview/sit-defn-all-creds and the pages of the services named.
Values are random (and seeded), so that none gives access to anything.
"""

import string
from base64 import b64encode
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

_LETTERS: Final = string.ascii_letters + string.digits
_BASE32: Final = string.ascii_lowercase + "234567"
_BASE64: Final = _LETTERS + "+/"


class Secret(Struct, frozen=True):
    """A secret, and a text that contains it.

    Attributes:
        core: What must not be kept, in any spelling.
        text: The text.
    """

    core: str
    text: str

    def spellings(self) -> Iterator[str]:
        """Yield the secret as it would be encoded in texts, URLs and scripts."""
        yield self.core
        yield quote(self.core, safe="")
        yield b64encode(self.core.encode()).decode().rstrip("=")


class Mint:
    """Makes secrets, no two alike."""

    def __init__(self, seed: int) -> None:
        """Create the same secrets for the same seed."""
        self._random = Random(seed)  # noqa: S311 - nothing to protect

    def recognisable(self) -> dict[str, Secret]:
        """Return secrets that are recognised by their format, whatever the property is called."""
        key, sas, word = self._base64(86) + "==", self._base64(43) + "=", self._text(24)
        bus = self._base64(43) + "="
        guid = f"{self._hex(8)}-{self._hex(4)}-4{self._hex(3)}-8{self._hex(3)}-{self._hex(12)}"
        github, fine, gitlab = self._text(36), self._text(82), self._text(20)
        devops, face, slack = self._text(76), self._text(34), self._text(24)
        client, openai, databricks = self._text(34), self._text(48), self._hex(32)
        signed, clone, bearer = self._text(43), self._text(40), self._text(40)
        private, npm, pypi = self._base64(64), self._text(36), self._text(60)
        google, old = self._text(35), "".join(self._random.choices(_BASE32, k=52))
        account = f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={key}"
        return {
            "account key": Secret(key, key),
            "connection string of storage": Secret(key, f"{account};EndpointSuffix=x"),
            "connection string of a bus": Secret(
                bus, f"Endpoint=sb://x/;SharedAccessKeyName=root;SharedAccessKey={bus}"
            ),
            "connection string of a database": Secret(
                word, f"Server=tcp:x,1433;User ID=sa;Password={word};Encrypt=True"
            ),
            "connection string of insights": Secret(
                guid, f"InstrumentationKey={guid};IngestionEndpoint=https://x/"
            ),
            "signature in an address": Secret(
                quote(sas, safe=""), f"https://x/c?sv=2022-11-02&sp=rl&sig={quote(sas, safe='')}"
            ),
            "signature alone": Secret(
                quote(sas, safe=""), f"sig={quote(sas, safe='')}&se=2027-01-01&sp=r&sv=2022-11-02"
            ),
            "token": Secret(signed, f"eyJ{self._text(20)}.eyJ{self._text(60)}.{signed}"),
            "token in a header": Secret(bearer, f"Authorization: Bearer {bearer}"),
            "token of GitHub": Secret(github, f"ghp_{github}"),
            "fine-grained token of GitHub": Secret(fine, f"github_pat_{fine}"),
            "token of GitLab": Secret(gitlab, f"glpat-{gitlab}"),
            "token of Azure DevOps": Secret(devops, f"{devops}AZDO{self._text(4)}"),
            "old token of Azure DevOps": Secret(old, old),
            "token of Hugging Face": Secret(face, f"hf_{face}"),
            "token of Slack": Secret(slack, f"xoxb-{slack}"),
            "token of Databricks": Secret(databricks, f"dapi{databricks}"),
            "token of npm": Secret(npm, f"npm_{npm}"),
            "token of PyPI": Secret(pypi, f"pypi-{pypi}"),
            "key of OpenAI": Secret(openai, f"sk-{openai}"),
            "key of Google": Secret(google, f"AIza{google}"),
            "client secret": Secret(client, f"{client[:3]}8Q~{client}"),
            "password in an address": Secret(clone, f"git clone https://me:{clone}@github.com/x/y"),
            "user that is a token": Secret(clone, f"git clone https://{clone}@github.com/x/y"),
            "private key": Secret(
                private,
                f"-----BEGIN RSA PRIVATE KEY-----\n{private}\n-----END RSA PRIVATE KEY-----",
            ),
        }

    def named(self) -> dict[str, Any]:
        """Return properties whose values are recognised as secrets only by name."""
        names = (
            *("password", "adminPassword", "adminUserPassword", "pwd", "sasToken", "sasUri"),
            *("accountKey", "primaryKey", "secondaryKey", "sharedKey", "accessKey", "apiKey"),
            *("connectionString", "primaryConnectionString", "clientSecret", "secretValue"),
            *("instrumentationKey", "appInsightsKey", "storageKey", "accessToken", "refreshToken"),
            *("bearerToken", "pat", "personalAccessToken", "privateKey", "secretAccessKey"),
        )
        return {name: self.word() for name in names}

    def word(self) -> str:
        """Return a secret without any recognisable format."""
        return self._text(20)

    def _text(self, length: int) -> str:
        """Return letters and digits."""
        return "".join(self._random.choices(_LETTERS, k=length))

    def _hex(self, length: int) -> str:
        """Return hex digits."""
        return "".join(self._random.choices("0123456789abcdef", k=length))

    def _base64(self, length: int) -> str:
        """Return base64 characters."""
        return "".join(self._random.choices(_BASE64, k=length))


def planted(mint: Mint) -> tuple[Mapping[str, Any], list[Secret]]:
    """Return properties full of secrets, and the secrets."""
    looks, names = mint.recognisable(), mint.named()
    variables = {f"VARIABLE_{number}": mint.word() for number in range(4)}
    script, argument = mint.word(), mint.word()
    encoded = b64encode(f"#!/bin/sh\ngit clone https://{script}@github.com/x/y\n".encode()).decode()
    startup = {"scriptSource": "inline", "scriptData": encoded, "scriptArguments": argument}
    credentials = {"credentialsType": "AccountKey", "secrets": {"key": mint.word()}}
    properties = {
        "description": " ".join(secret.text for secret in looks.values()),
        "notes": [secret.text for secret in looks.values()],
        "nested": {"deep": [{"er": dict(names)}]},
        "environmentVariables": variables,
        "setupScripts": {"scripts": {"startupScript": startup, "creationScript": startup}},
        "credentials": credentials,
        **{f"text{number}": secret.text for number, secret in enumerate(looks.values())},
    }
    words = [
        *names.values(),
        *variables.values(),
        credentials["secrets"]["key"],  # type: ignore[index] # it is a mapping
        encoded,
        argument,
    ]
    return properties, [*looks.values(), *(Secret(word, word) for word in words)]
