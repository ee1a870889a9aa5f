"""Every function of the policy language: what it returns, and when evaluating it fails."""

from typing import Any

import pytest

from amlaudit.engine.policy.evaluate import State
from amlaudit.language.values import LONGEST_LIST, LONGEST_TEXT
from tests.engine.policy.policies import BODY, Around, failure_of, judge, value_of

Q = "'" * 4

GIVES: list[tuple[str, object]] = [
    # strings
    ("base64('ab')", "YWI="),
    ("base64ToString('YWI=')", "ab"),
    ("base64ToJson('eyJhIjoxfQ==')", {"a": 1}),
    ("dataUri('ab')", "data:text/plain;charset=utf-8;base64,YWI="),
    ("dataUriToString('data:;base64,YWI=')", "ab"),
    ("dataUriToString('data:text/plain;charset=utf8,a%20b')", "a b"),
    ("endsWith('abc', 'BC')", True),
    ("startsWith('abc', 'AB')", True),
    ("format('{0}-{1,3}-{1,-3}|{{x}}', 'a', 7)", "a-  7-7  |{x}"),
    ("format('{0:D3} {0:X2} {0:x} {0:N0} {0:N} {0:F1}', 10)", "010 0A a 10 10.00 10.0"),
    ("format('{0:N}{1}', 'a', null())", "a"),
    ("format('{0:D3} {0:000} {0:0.0} {0:F1}', -5)", "-005 -005 -5.0 -5.0"),
    ("guid('a')", "3703365d-5a9f-59b4-bca7-b9681389e4c1"),
    ("join(createArray('a', 1), '-')", "a-1"),
    ("json('{\"a\": [1, null]}')", {"a": [1, None]}),
    ("padLeft(7, 3, '0')", "007"),
    ("padLeft('ab', 3)", " ab"),
    ("replace('aXaX', 'X', 'y')", "ayay"),
    ("split('a;b,c', createArray(';', ','))", ["a", "b", "c"]),
    ("split('abc', '')", ["abc"]),
    ("string(5)", "5"),
    ("string(true())", "True"),
    ("string(createObject('a', createArray(1)))", '{"a":[1]}'),
    ("string(null())", "null"),
    ("substring('abc', 1)", "bc"),
    ("substring('abc', 1, 1)", "b"),
    ("toLower('AB')", "ab"),
    ("toUpper('ab')", "AB"),
    ("trim(' a ')", "a"),
    ("uniqueString('test')", "rbgf3xv4ufgzg"),
    ("uniqueString('hello', 'world')", "a7wkljktk6wne"),
    ("uri('https://a.b/c/', 'd')", "https://a.b/c/d"),
    ("uriComponent('a b/c')", "a%20b%2Fc"),
    ("uriComponentToString('a%20b')", "a b"),
    # arrays and objects
    ("array('a')", ["a"]),
    ("array(createArray(1))", [1]),
    ("concat('a', 1, true())", "a1True"),
    ("concat(createArray(1), createArray(2))", [1, 2]),
    ("concat()", ""),
    ("contains('abc', 'b')", True),
    ("contains('abc', 'B')", False),
    ("contains(createArray('a', 1), 1)", True),
    ("contains(createArray('a'), 'A')", False),
    ("contains(createObject('Key', 1), 'key')", True),
    ("createObject('a', 1)", {"a": 1}),
    ("empty('')", True),
    ("empty(null())", True),
    ("empty(createArray(1))", False),
    ("empty(createObject())", True),
    ("first('abc')", "a"),
    ("first('')", ""),
    ("first(createArray(1, 2))", 1),
    ("first(createArray())", None),
    ("last('abc')", "c"),
    ("last(createArray(1, 2))", 2),
    ("last(createArray())", None),
    ("flatten(createArray(createArray(1), createArray(2, 3)))", [1, 2, 3]),
    ("indexFromEnd(createArray(1, 2, 3), 1)", 3),
    ("tryIndexFromEnd(createArray(1), 2)", None),
    ("tryIndexFromEnd(createArray(1, 2), 2)", 1),
    ("indexOf('abcB', 'B')", 1),
    ("indexOf(createArray('a', 'b'), 'b')", 1),
    ("indexOf(createArray('a'), 'A')", -1),
    ("lastIndexOf('abcB', 'b')", 3),
    ("lastIndexOf(createArray(1, 2, 1), 1)", 2),
    ("lastIndexOf(createArray(1), 2)", -1),
    ("intersection(createArray(1, 2, 2), createArray(2, 3))", [2]),
    ("intersection(createObject('a', 1, 'b', 2), createObject('a', 1, 'b', 3))", {"a": 1}),
    ("union(createArray(1, 2), createArray(2, createObject('a', 1)))", [1, 2, {"a": 1}]),
    ("union(createArray('a', 'b', 'a'), createArray('b', 'c', 'a'))", ["a", "b", "c"]),
    ("intersection(createArray(1, 2, 1, 3), createArray(3, 1, 2))", [1, 2, 3]),
    (
        "union(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 2)))",
        {"a": {"x": 1, "y": 2}},
    ),
    ("union(createObject('a', 1), createObject('a', 2))", {"a": 2}),
    (
        "items(createObject('b', 2, 'a', 1))",
        [{"key": "a", "value": 1}, {"key": "b", "value": 2}],
    ),
    ("objectKeys(createObject('b', 2, 'a', 1))", ["a", "b"]),
    ("shallowMerge(createArray(createObject('a', 1), createObject('a', 2)))", {"a": 2}),
    ("length('abc')", 3),
    ("length(createObject('a', 1))", 1),
    ("skip('abc', 1)", "bc"),
    ("skip(createArray(1, 2), 1)", [2]),
    ("skip(createArray(1), -1)", [1]),
    ("take('abc', 2)", "ab"),
    ("take(createArray(1, 2), 1)", [1]),
    ("tryGet(createObject('a', createArray(7)), 'a', 0)", 7),
    ("tryGet(createObject('a', 1), 'b', 'c')", None),
    ("tryGet(createArray(1), 5)", None),
    # numbers, booleans, comparisons
    ("add(1, 2)", 3),
    ("sub(1, 2)", -1),
    ("mul(2, -3)", -6),
    ("div(-7, 2)", -3),
    ("mod(-7, 2)", -1),
    ("mod(7, 2)", 1),
    ("int('-5')", -5),
    ("int(5.9)", 5),
    ("int(5)", 5),
    ("float('1.5')", 1.5),
    ("float(1)", 1.0),
    ("max(1, 3, 2)", 3),
    ("min(createArray(3, 1))", 1),
    ("range(2, 3)", [2, 3, 4]),
    ("and(true(), false())", False),
    ("or(true(), false())", True),
    ("not(false())", True),
    ("bool('True')", True),
    ("bool(0)", False),
    ("bool(true())", True),
    ("null()", None),
    ("coalesce(null(), 'a', 'b')", "a"),
    ("coalesce(null())", None),
    ("equals('a', 'A')", False),
    ("equals(1, 1.0)", True),
    ("equals(1, '1')", False),
    ("equals(createObject('a', createArray(1)), createObject('a', createArray(1)))", True),
    ("equals(createArray(1), createArray(1, 2))", False),
    ("less('a', 'b')", True),
    ("less('A', 'a')", False),
    ("greater('A', 'a')", True),
    ("lessOrEquals('a', 'A')", True),
    ("greaterOrEquals('VirtualNetwork', 'a')", True),
    ("less('A', 'b')", True),
    ("less('aB', 'Aa')", False),
    ("less('z', '\u00e9')", False),
    ("less('e', '\u00e9')", True),
    ("less('\u00e9A', 'eb')", True),
    ("less('a_b', 'a1')", True),
    ("less('9', 'a')", True),
    ("less('a', 'a-')", True),
    ("less('2019-04-01', '2019-04-01-preview')", True),
    ("greaterOrEquals('a', 'a')", True),
    ("lessOrEquals(2, 2)", True),
    ("greater(1, 2)", False),
    ("greaterOrEquals(2, 3)", False),
    # addresses
    ("ipRangeContains('10.0.0.0/8', '10.1.2.3')", True),
    ("ipRangeContains('10.0.0.0/24', '10.0.0.0/16')", False),
    ("ipRangeContains('10.0.0.1 - 10.0.0.9', '10.0.0.2-10.0.0.3')", True),
    ("ipRangeContains('fe80::/10', 'fe80::1')", True),
    ("parseCidr('10.0.0.0/30').lastUsable", "10.0.0.2"),
    ("parseCidr('10.0.0.7/32').firstUsable", "10.0.0.7"),
    (
        "parseCidr('fd00:1::/32')",
        {
            "network": "fd00:1::",
            "netmask": "ffff:ffff::",
            "firstUsable": "fd00:1::",
            "lastUsable": "fd00:1:ffff:ffff:ffff:ffff:ffff:ffff",
            "cidr": 32,
        },
    ),
    ("cidrSubnet('10.0.0.0/16', 24, 2)", "10.0.2.0/24"),
    ("cidrHost('10.0.0.0/24', 0)", "10.0.0.1"),
    # times
    ("addDays('2026-01-01', -1)", "2025-12-31T00:00:00.0000000Z"),
    ("addDays('2026-01-01T01:00:00+02:00', 1)", "2026-01-01T23:00:00.0000000Z"),
    ("utcNow()", "2026-01-01T00:00:00.0000000Z"),
    ("utcNow('d')", "01/01/2026"),
    ("utcNow('u')", "2026-01-01 00:00:00Z"),
    ("utcNow('D')", "Thursday, 01 January 2026"),
    ("utcNow('R')", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ("utcNow('M d')", "1 1"),
    ("utcNow('h:m:s tt, H')", "12:0:0 AM, 0"),
    ("utcNow('yy MMM ''x'' ff')", "26 Jan x 00"),
    # context
    ("if(equals(1, 1), 'then', substring('', 5))", "then"),
    ("if(empty(field('name')), int('x'), 'else')", "else"),
    ("if(false(), 1, 2)", 2),
    ("field('location')", "westeurope"),
    ("resourceGroup().name", "RG"),
    ("ResourceGroup()['location']", "westeurope"),
    ("subscription().subscriptionId", "sub"),
    ("subscription()", {"subscriptionId": "sub", "id": "/subscriptions/sub"}),
    ("requestContext().apiVersion", "9999-12-31"),
    (
        "policy().definitionId",
        "/providers/Microsoft.Authorization/policyDefinitions/test",
    ),
]


@pytest.mark.parametrize(("expression", "value"), GIVES, ids=[each[0] for each in GIVES])
def test_a_function_gives(expression: str, value: object) -> None:
    found = value_of(expression)
    assert found == value
    assert type(found) is type(value)


FAILS: list[tuple[str, str]] = [
    ("reference('x')", "reference() is not allowed in policy rules"),
    ("listAnything('x')", "listanything() is not allowed"),
    ("dateTimeAdd(utcNow(), 'P1D')", "datetimeadd() is not allowed"),
    ("base64ToString('?')", "not base 64"),
    ("base64(1)", "expected a string, got a number"),
    ("json('{')", "not JSON"),
    ("dataUriToString('x')", "not a data URI"),
    ("join(createArray(null()), '')", "expected a string, got null"),
    ("padLeft('a', 5, 'xx')", "expected one padding character"),
    ("padLeft('a', 9999999)", "more than"),
    ("replace('a', '', 'b')", "an empty text"),
    ("substring('abc', 2, 5)", "are outside a text of 3"),
    ("substring('abc', -1)", "are outside"),
    ("uri('a', 'b')", "not an absolute"),
    ("format('{1}', 'a')", "is not a valid placeholder"),
    ("format('{', 'a')", "is not a valid placeholder"),
    ("format('{99999}', 'a')", "is not a valid placeholder"),
    ("contains(1, 'a')", "expected a string"),
    ("length(1)", "a number has no length"),
    ("first(1)", "expected a list"),
    ("createObject('a')", "a key has no value"),
    ("items('a')", "expected an object, got a string"),
    ("tryGet('a', 'b')", "a string has no 'b'"),
    ("createObject('a', 1).b", "there is no property 'b'"),
    ("createArray(1)[1]", "there is no member 1 in a list of 1"),
    ("field('name').x", "a string has no 'x'"),
    ("createArray(1).x", "a list has no 'x'"),
    ("int('')", "not an integer"),
    ("int('99999999999999999999')", "not an integer"),
    ("int('9999999999999999999')", "more than 64 bits"),
    ("int(true())", "expected an integer, got a boolean"),
    ("float('x')", "a string is not a number"),
    ("float(true())", "a boolean is not a number"),
    ("bool('yes')", "not a boolean"),
    ("not('true')", "expected a boolean, got a string"),
    ("and(false(), 'x')", "expected a boolean"),
    ("add(9223372036854775807, 1)", "64 bits"),
    ("div(1, 0)", "division by zero"),
    ("max(createArray())", "no numbers"),
    ("range(0, 10001)", "a range of"),
    ("less('a', 1)", "expected a string"),
    ("less(true(), 1)", "a boolean cannot be compared"),
    ("ipRangeContains('10.0.0.0/8', '::1')", "IPv4 and IPv6"),
    ("ipRangeContains('x', '10.0.0.1')", "not an IP address"),
    ("ipRangeContains('10.0.0.9-10.0.0.1', '10.0.0.1')", "must not be before its start"),
    ("cidrSubnet('10.0.0.0/16', 8, 0)", "no parts of /8"),
    ("cidrSubnet('10.0.0.0/16', 17, 2)", "no part 2"),
    ("cidrHost('10.0.0.0/30', 3)", "no host 3"),
    ("addDays('x', 1)", "not an ISO 8601 time"),
    ("addDays('2026-13-01', 1)", "not an ISO 8601 time"),
    ("addDays('9999-12-31', 1)", "out of range"),
    ("if(true())", "three arguments"),
    ("if('true', 1, 2)", "expected a boolean"),
    ("toLower()", "wrong number of arguments: 0"),
    ("toLower('a', 'b')", "wrong number of arguments: 2"),
    ("parameters()", "one argument"),
    ("parameters('x')", "unknown parameter 'x'"),
    ("field(1)", "expected a string"),
    ("field('a/b/c[')", "not a property path"),
    ("field('a b/c/d')", "is not an alias"),
    ("resourceGroup(1)", "takes no arguments"),
    ("resourceGroup().absent", "no property 'absent'"),
    ("current()", "not nested"),
    ("current('x')", "not inside a count 'x'"),
    ("current('Test.Provider/things/text')", "not inside a count of"),
]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("resourceGroup().tags.owner", "me"),
        ("resourceGroup().tags['OWNER']", "me"),
        ("resourceGroup().tags[concat('ab', 'sent')]", None),
        ("resourceGroup().tags.absent", None),
    ],
)
def test_a_scope_without_a_tag_has_null_there(expression: str, value: object) -> None:
    around = Around(tags={"owner": "me"})
    assert value_of(expression, around=around) == value


@pytest.mark.parametrize(("expression", "why"), FAILS, ids=[each[0] for each in FAILS])
def test_a_function_fails_the_evaluation(expression: str, why: str) -> None:
    assert why in failure_of(expression)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("ns.func()", "unknown function ns.func()"),
        ("claims().outcome", "known only to the service, from an external evaluation"),
        ("requestContext()", "live requests only"),
        ("policy().assignmentId", "only in the service"),
        ("policy()", "only in the service"),
        ("resourceGroup().tags", "tags: forbidden"),
        ("resourceGroup()", "tags: forbidden"),
        ("field('nonsense')", "the field 'nonsense' is not known"),
        ("format('{0:P}', 1)", "the format 'P'"),
        ("format('{0:X}', -1)", "the format 'X'"),
        ("utcNow('zzz')", "the format 'zzz'"),
    ],
)
def test_values_unknowable_offline_state_the_reason(expression: str, why: str) -> None:
    outcome = judge({"value": f"[{expression}]", "equals": "no"})
    assert outcome.state == "unknown"
    assert why in outcome.message


def test_no_text_and_no_list_grows_without_bounds() -> None:
    body = {**BODY, "properties": {"text": "x" * (LONGEST_TEXT + 1), "list": [1] * LONGEST_LIST}}
    long = "field('Test.Provider/things/text')"
    many = "field('Test.Provider/things/list')"
    for expression in (
        f"toLower({long})",
        f"concat({long}, 'a')",
        f"join(createArray({long}), '')",
        f"replace({long}, 'x', 'yy')",
        f"string(createArray({long}))",
        f"format('{{0}}', {long})",
    ):
        assert f"more than {LONGEST_TEXT} characters" in failure_of(expression, body=body)
    assert "more than 100000 members" in failure_of(f"concat({many}, {many})", body=body)
    assert "more than 100000 members" in failure_of(f"union({many}, {many})", body=body)
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    nested = {**BODY, "properties": {"list": deep}}
    assert "nested too deeply" in failure_of(f"string({many})", body=nested)


@pytest.mark.parametrize(
    ("comparison", "state"),
    [
        ({"greater": "2023-01-01"}, State.NON_COMPLIANT),
        ({"lessOrEquals": "2023-01-01-preview"}, State.COMPLIANT),
        ({"exists": True}, State.NON_COMPLIANT),
        ({"equals": "2023-01-01"}, State.UNKNOWN),
        ({"notIn": ["2023-01-01"]}, State.UNKNOWN),
        ({"like": "*-preview"}, State.UNKNOWN),
    ],
)
def test_having_the_latest_version_implies_only_an_order(
    comparison: dict[str, Any], state: State
) -> None:
    assert judge({"value": "[requestContext().APIVersion]", **comparison}).state is state
