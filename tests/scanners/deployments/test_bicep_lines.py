"""A finding of compiled Bicep points to the line in the source."""

from typing import Any

import pytest

from amlaudit.scanners.deployments.bicep_lines import spans_in

VAULTS = "Microsoft.KeyVault/vaults"
SOURCE = """\
param name string

resource old 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: 'old'
}

resource kv 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  tags: { owner: 'ml' } // of all
  properties: {
    vaultUri: 'https://kv/{'
    networkAcls: {
      defaultAction: 'Allow'
    }
  }

  resource secret 'secrets' = {
    name: 's'
  }
}

resource many 'Microsoft.Storage/storageAccounts@2024-01-01' = [for each in range(0, 2): {
  name: 'st${each}'
  properties: {
    minimumTlsVersion: 'TLS1_0'
  }
}]

module more 'more.bicep' = {
  name: 'more'
}
"""
ACCOUNTS = {"type": "Microsoft.Storage/storageAccounts"}
SECRETS = {"type": f"{VAULTS}/secrets"}
MODULE = {"type": "Microsoft.Resources/deployments"}
LISTED = [SECRETS, {"type": VAULTS}, ACCOUNTS, MODULE]
NAMED = {"kv::secret": SECRETS, "kv": {"type": VAULTS}, "many": ACCOUNTS, "more": MODULE}


@pytest.mark.parametrize(
    ("resources", "pointers"),
    [(LISTED, ["0", "1", "2", "3"]), (NAMED, ["kv::secret", "kv", "many", "more"])],
)
def test_resources_are_found_in_their_source(resources: Any, pointers: list[str]) -> None:
    found = spans_in(SOURCE, {"resources": resources})
    spans = [found[f"/resources/{each}"] for each in pointers]
    assert [(each.name, each.line, each.end_line) for each in spans] == [
        ("secret", 17, 19),
        ("kv", 7, 20),
        ("many", 22, 27),
        ("more", 29, 31),
    ]


def test_properties_are_counted_from_the_declaration() -> None:
    found = spans_in(SOURCE, {"resources": NAMED})
    vault = found["/resources/kv"].lines
    assert vault[".properties.networkacls.defaultaction"] == 6
    assert vault[".tags"] == 2
    assert found["/resources/many"].lines[".properties.minimumtlsversion"] == 3
    assert found["/resources/more"].lines == {}


def test_a_type_with_another_number_of_resources_is_not_guessed_at() -> None:
    found = spans_in(SOURCE, {"resources": [ACCOUNTS, {"type": VAULTS}, {"type": VAULTS}]})
    assert list(found) == ["/resources/0"]
