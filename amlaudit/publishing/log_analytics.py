"""Sends rows to a Log Analytics workspace, through a data collection rule and its endpoint.

https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport

from amlaudit import __version__
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.publishing.guard import API_VERSION, AUDIENCES, Target, refuse_all_but
from amlaudit.publishing.table import STREAM, Row
from amlaudit.scanners.retry import PatientRetry
from amlaudit.scanners.tokens import Authentication, Tokens
from amlaudit.scanners.traffic import Traffic
from amlaudit.scanners.waiting import Patience

_CONNECT_SECONDS: Final = 15
_READ_SECONDS: Final = 60
_REFUSED: Final = frozenset({401, 403})
_ADVICE: Final = {
    401: "sign in: az login, or choose another method with --credential",
    403: "grant the principal the role Monitoring Metrics Publisher on the data collection rule, "
    "and allow half an hour for it to take effect",
    404: "check --rule-id, and that the rule has the stream of the table",
}


class PublishingTransport(RequestsTransport):  # type: ignore[misc] # the SDK exports it untyped
    """The SDK's transport, with the publishing guard."""

    def __init__(self, target: Target) -> None:
        """Send to one destination only."""
        super().__init__(connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS)
        self._target = target

    def send(self, request: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the SDK has it
        """Send a request if it publishes.

        Raises:
            RequestRefusedError: It does anything else.
        """
        refuse_all_but(self._target, request.method, request.url)
        return super().send(request, **kwargs)


def audience_of(target: Target) -> str:
    """Return the token scope of a destination."""
    known = (scope for suffix, scope in AUDIENCES.items() if target.endpoint.endswith(suffix))
    return next(known, f"{target.endpoint}/.default")


def publish(
    batches: Iterable[list[Row]],
    target: Target,
    credential: TokenCredential,
    tell: Callable[[int, int], object],
    patience: Patience | None = None,
) -> int:
    """Send batches of rows, and return how many rows were sent.

    Args:
        batches: The rows to send, in order.
        target: The destination.
        credential: Credential of a principal that may publish there.
        tell: Called after each batch with the number of batches and of rows so far.
        patience: How long a batch is retried.

    Raises:
        AmlauditError: The SDK for it is not installed, or a batch was rejected or did not arrive.
    """
    sent, number = 0, 0
    with _client(target, credential, patience or Patience()) as client:
        for number, batch in enumerate(batches, 1):
            try:
                client.upload(rule_id=target.rule_id, stream_name=STREAM, logs=batch)
            except AzureError as error:
                raise _failed(error, number, sent) from error
            sent += len(batch)
            tell(number, sent)
    return sent


def _client(target: Target, credential: TokenCredential, patience: Patience) -> Any:  # noqa: ANN401 - of an optional package
    """Return the SDK's client, with a pipeline that contains only our policies.

    Raises:
        AmlauditError: It is not installed.
    """
    try:
        from azure.monitor.ingestion import LogsIngestionClient  # noqa: PLC0415 - optional
    except ImportError as error:
        raise AmlauditError(
            "E305",
            "Publishing requires the package azure-monitor-ingestion",
            advice='install it: pip install "amlaudit[publish]"',
            exit_code=Exit.USAGE,
        ) from error
    tokens = Tokens(credential, audience_of(target))
    return LogsIngestionClient(
        target.endpoint,
        tokens,
        api_version=API_VERSION,
        policies=[
            UserAgentPolicy(base_user_agent=f"amlaudit/{__version__}"),
            PatientRetry(patience, Traffic()),
            Authentication(tokens),
        ],
        transport=PublishingTransport(target),
    )


def _failed(error: AzureError, number: int, sent: int) -> AmlauditError:
    """Return the error for a batch that did not arrive."""
    status = error.status_code if isinstance(error, HttpResponseError) else None
    what = f"Azure answered {status}" if status else str(error.message)
    advice = _ADVICE.get(status or 0, "publish again")
    text = f"{sent} rows arrived before; rows that are sent again have the same RecordId"
    return AmlauditError(
        "E113",
        f"Batch {number} was not published",
        cause=f"{what}; {text}" if sent else what,
        advice=advice,
        exit_code=Exit.NO_ACCESS if status in _REFUSED else Exit.INPUT_OUTPUT,
    )
