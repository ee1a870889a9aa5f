"""What can go wrong with Azure, injected between a request and its honest answer."""

import json
from collections.abc import Callable, Container, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core import arm_id
from tests.loopback.certificates import HOST
from tests.loopback.wire import Reply, Request, Reset, Response, Silence, json_response

Predicate: TypeAlias = Callable[[Request], bool]
Honest: TypeAlias = Callable[[], Response]
Act: TypeAlias = Callable[[Request, Honest], Reply]

GRAPH_PATH: Final = "/providers/microsoft.resourcegraph/resources"


class Fault(Struct):
    """A fault that affects some requests.

    Attributes:
        when: Which requests it matches.
        act: What happens to them.
        nth: Which of the matching requests, counted from 1; None: all of them.
        matched: How many have matched so far.
    """

    when: Predicate
    act: Act
    nth: Container[int] | None = None
    matched: int = 0

    def strikes(self, request: Request) -> bool:
        """Tell whether this request is affected, and count it if it matches."""
        if not self.when(request):
            return False
        self.matched += 1
        return self.nth is None or self.matched in self.nth


def anything(_request: Request) -> bool:
    """Match every request."""
    return True


def of_graph(request: Request) -> bool:
    """Match every graph query."""
    return request.place == GRAPH_PATH


def query_for(arm_type: str) -> Predicate:
    """Match the graph query for a type, all of its pages."""
    wanted = f"'{arm_type.lower()}'"
    return lambda request: of_graph(request) and wanted in _query(request).lower()


def path_ends(*ends: str) -> Predicate:
    """Match requests whose path ends with one of these, ignoring case."""
    folded = tuple(end.lower() for end in ends)
    return lambda request: request.place.endswith(folded)


def asks(query: str) -> Predicate:
    """Match a graph query by its text, all of its pages."""
    return lambda request: of_graph(request) and _query(request) == query


def reads(arm_type: str, path: str) -> Predicate:
    """Match the requests for what follows the ids of a type, all of their pages."""
    end = path.lower()

    def match(request: Request) -> bool:
        place = request.place
        owner = arm_id.normalise(place.removesuffix(end))
        return place.endswith(end) and arm_id.type_of(owner) == arm_type

    return match


def page_after_first(of: Predicate) -> Predicate:
    """Match the requests for further pages of what a predicate matches."""
    return lambda request: (
        of(request)
        and (
            "$skiptoken" in {name.lower() for name in request.query}
            or "$skipToken" in _options(request)
        )
    )


def _query(request: Request) -> str:
    """Return the text of a graph query."""
    body = request.json()
    return str(body.get("query")) if isinstance(body, Mapping) else ""


def _options(request: Request) -> Mapping[str, Any]:
    """Return the options of a graph query."""
    body = request.json()
    options = body.get("options") if isinstance(body, Mapping) else None
    return options if isinstance(options, Mapping) else {}


def instead(reply: Reply) -> Act:
    """Give another answer."""
    return lambda _request, _honest: reply


def error(
    status: int, code: str = "", message: str = "", headers: Mapping[str, str] | None = None
) -> Act:
    """Answer with an error in Azure's own format."""
    body = {"error": {"code": code or "SomethingFailed", "message": message or "It failed."}}
    return instead(json_response(body, status, headers))


def throttled(headers: Mapping[str, str] | None = None) -> Act:
    """Answer 429 as Resource Graph does, with these headers."""
    detail = "Client application has been throttled and should not attempt to repeat the request."
    return error(429, "RateLimiting", detail, headers)


def not_registered(namespace: str) -> Act:
    """Answer 409, to which the SDK by default responds by registering the namespace."""
    code = "MissingSubscriptionRegistration"
    message = f"The subscription is not registered to use namespace '{namespace}'."
    detail = {"code": code, "target": namespace, "message": message}
    body = {"error": {"code": code, "message": message, "details": [detail]}}
    return instead(json_response(body, 409))


def html(status: int) -> Act:
    """Answer with an HTML page as proxies and front doors do."""
    page = b"<html><head><title>Service Unavailable</title></head><body>busy</body></html>"
    return instead(Response(status, page, {"Content-Type": "text/html"}))


def text(body: str, headers: Mapping[str, str] | None = None) -> Act:
    """Answer 200 with some text."""
    kind = {"Content-Type": "application/json", **(headers or {})}
    return instead(Response(200, body.encode(), kind))


def value(body: object) -> Act:
    """Answer 200 with some JSON value."""
    return instead(json_response(body))


def cut_off(_request: Request, honest: Honest) -> Reply:
    """Send half of the body, and close the connection."""
    response = honest()
    return replace(response, sent=len(response.body) // 2)


class ExpiredToken:
    """Reject the tokens of matching requests, now and whenever they come again."""

    def __init__(self) -> None:
        """Start without expired tokens."""
        self._expired: set[str] = set()

    def when(self, request: Request) -> bool:
        """Match requests with a token that has expired."""
        return request.headers.get("authorization") in self._expired

    def __call__(self, request: Request, _honest: Honest) -> Reply:
        """Answer as Azure does to an expired token."""
        self._expired.add(request.headers.get("authorization", ""))
        message = "The access token expiry UTC time is earlier than current UTC time."
        challenge = f'Bearer authorization_uri="https://{HOST}/tenant", error="invalid_token"'
        body = {"error": {"code": "ExpiredAuthenticationToken", "message": message}}
        return json_response(body, 401, {"WWW-Authenticate": challenge})


def redirect(address: str, status: int = 302) -> Act:
    """Redirect the client."""
    return instead(Response(status, b"", {"Location": address}))


def edited(**changes: object) -> Act:
    """Answer honestly, except for some members of the body; None removes one."""

    def act(_request: Request, honest: Honest) -> Reply:
        response = honest()
        body = {**json.loads(response.body), **changes}
        kept = {name: each for name, each in body.items() if each is not None}
        return replace(response, body=json.dumps(kept).encode())

    return act


def rewritten(change: Callable[[Any], None]) -> Act:
    """Answer honestly, except for what is changed in the body."""

    def act(_request: Request, honest: Honest) -> Reply:
        response = honest()
        body = json.loads(response.body)
        change(body)
        return replace(response, body=json.dumps(body).encode())

    return act


def address_of(request: Request) -> str:
    """Return the URL that a request was sent to."""
    query = "&".join(f"{name}={text}" for name, text in request.query.items())
    return f"https://{request.headers['host']}{request.path}?{query}"


def next_link(to: Callable[[Request], object]) -> Act:
    """Answer honestly, but name another next page."""

    def act(request: Request, honest: Honest) -> Reply:
        return edited(nextLink=to(request))(request, honest)

    return act


def rows_lost(request: Request, honest: Honest) -> Reply:
    """Answer a graph query without its rows, although there are some."""
    return edited(data=[], count=0)(request, honest)


def last_page_empty(request: Request, honest: Honest) -> Reply:
    """Answer a graph query honestly, but lose the rows of its last page."""
    if "$skipToken" in json.loads(honest().body):
        return honest()
    return rows_lost(request, honest)


def last_page_failing(request: Request, honest: Honest) -> Reply:
    """Answer a list honestly, but fail on its last page."""
    response = honest()
    body = json.loads(response.body)
    if body.get("nextLink") or body.get("@odata.nextLink"):
        return response
    return error(500)(request, honest)


RESET: Final = instead(Reset())
SILENCE: Final = instead(Silence())
