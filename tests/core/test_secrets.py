"""What counts as a secret, by name, by what precedes it or by format, and its replacement."""

from types import MappingProxyType

import pytest

from amlaudit.core.secrets import is_secret_name, redacted, safe, scrub

TOKEN = "ghp_" + "a1" * 18
UNMARKED = "a" * 52
REFERENCE = "${{azureml://connections/store/credentials/key}}"


def hidden(value: object) -> bool:
    return "redacted:" in str(value)


@pytest.mark.parametrize(
    "text",
    [
        "AccountKey=" + "a" * 40,
        "https://st.blob.core.windows.net/c?sig=" + "a" * 44,
        "https://user:" + "p4ssw0rd" + "@example.org/x",
        '{"password": "' + "hunter2" + '"}',
        "{'api_key': '" + "hunter2" + "'}",
        '{"adminPassword": {"value": "' + "hunter2" + '"}}',
        '{\\"adminPassword\\":{\\"value\\":\\"' + "hunter2" + '\\"}}',
        "https://fn.example.org/api/alert?code=" + "a1b2c3d4",
        "https://example.org/hook?x=1&api-key=" + "a1b2c3d4",
        "eyJ" + "a" * 8 + "." + "b" * 8 + ".",
        "LS0tLS1CRUdJTi" + "BQUklWQVRFIEtFWS0tLS0tCg==",
        "é" * 60 + " ghp_" + "b2" * 12,
        TOKEN,
        f"the token is {TOKEN}",
        f"naïve {TOKEN}",
        "gh\u017f_" + "a1" * 18,
        UNMARKED,
        f"({UNMARKED})",
    ],
)
def test_a_text_that_is_or_contains_a_secret_is_replaced(text: str) -> None:
    assert safe(text) == redacted(text)
    assert scrub({"note": [text]}) == {"note": [redacted(text)]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a = b",
        "https://example.org/?key=short",
        "https://example.org/?$skipToken=abcdefghij",
        "name: 'x'",
        "a@b",
        "a" * 51,
        "a" * 53,
        "0" * 52,
        "eyj",
        "ghp_short",
        "naïve",
    ],
)
def test_any_other_text_stays(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "Account-Key",
        "clientSecret",
        "environmentVariables",
        "privateKeyData",
        "authorizationKey",
        "serviceKey",
        "kerberosKeytab",
        "HockeyAppToken",
        "passwords",
        "key",
        "configurationProtectedSettings",
    ],
)
def test_a_name_tells_a_secret(name: str) -> None:
    assert is_secret_name(name)
    assert hidden(scrub({name: "anything"})[name])  # type: ignore[index] # an object, as it was


@pytest.mark.parametrize("name", ["name", "location", "clientId", "tenantId", "keyVaultUri"])
def test_a_name_that_only_tells_whose_it_is_is_none(name: str) -> None:
    assert not is_secret_name(name)
    assert scrub({name: "anything"}) == {name: "anything"}


def test_among_secrets_everything_is_one_but_what_tells_whose_they_are() -> None:
    found = scrub({"credentials": {"authType": "Key", "ClientId": "me", "any": {"x": "deep"}}})
    assert found == {
        "credentials": {"authType": "Key", "ClientId": "me", "any": {"x": redacted("deep")}}
    }


def test_user_chosen_names_are_no_evidence_of_secrets() -> None:
    rules = {"storage-key": {"type": "FQDN", "password": "hunter2"}}
    assert scrub({"outboundRules": rules}) == {
        "outboundRules": {"storage-key": {"type": "FQDN", "password": redacted("hunter2")}}
    }


def test_secrets_are_found_in_maps_of_any_kind() -> None:
    value = MappingProxyType({"password": "hunter2", "name": "x"})
    assert scrub([value]) == [{"password": redacted("hunter2"), "name": "x"}]


def test_lists_of_secrets_are_secret_to_the_last() -> None:
    assert scrub({"password": ["one", ["two", ""]]}) == {
        "password": [redacted("one"), [redacted("two"), ""]]
    }
    assert scrub(["one", ("two",)]) == ["one", ["two"]]
    assert scrub(["one"], secret=True) == [redacted("one")]


def test_a_reference_to_a_secret_elsewhere_is_not_a_secret() -> None:
    assert scrub({"password": REFERENCE}) == {"password": REFERENCE}
    assert hidden(scrub({"password": f"x{REFERENCE}"}))


@pytest.mark.parametrize(
    ("value", "secret"),
    [(1234, True), (123, False), (12.5, True), (0.5, False), (None, False), (True, False)],
)
def test_a_number_is_as_secret_as_it_is_long(value: object, *, secret: bool) -> None:
    found = scrub({"password": value, "port": value})
    assert found == {"password": redacted(str(value)) if secret else value, "port": value}


def test_a_name_that_is_a_secret_is_replaced_too() -> None:
    assert scrub({TOKEN: 1}) == {redacted(TOKEN): 1}


def test_the_mark_distinguishes_secrets_without_revealing_them() -> None:
    assert redacted("a")[1:-1] == "redacted:ca978112"
    assert redacted("a") != redacted("b")
    assert hidden(redacted("\ud800"))
    assert scrub(redacted("a")) == redacted("a")


def test_non_json_values_are_unchanged() -> None:
    mark = object()
    assert scrub(mark) is mark
