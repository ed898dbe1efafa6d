"""The one place that speaks HTTP: https only, no redirect, no proxy, nothing from the environment.

Addresses are checked where the connection is made, so that a name that resolves into the private
network reaches nothing. No address and no secret is in any log line or exception from here: an
httpx error carries the whole URL, and httpx logs it at INFO.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cs_cli.deliver.model import Result, failed, unknown

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
LONGEST_BODY = 65_536
WAIT_AT_MOST = 60.0  # a longer Retry-After is left for the next run
TRIES = 4
BACK_OFF = (1.0, 4.0, 15.0)
# the receiver did not take it and says so: trying again is safe
AGAIN = frozenset([408, 425, 429])


@dataclass
class Budget:
    """How long one run may wait for receivers. clock counts seconds; both are replaced in tests."""

    seconds: float = 300.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self.until = self.clock() + self.seconds

    @property
    def left(self) -> float:
        return self.until - self.clock()

    def wait(self, seconds: float) -> bool:
        """Sleep, unless the budget does not reach that far."""
        if seconds > self.left:
            return False
        self.sleep(seconds)
        return True


@dataclass(frozen=True)
class Answer:
    """A receiver's answer: status, the first bytes of its body, and its Retry-After in seconds."""

    status: int
    body: bytes
    retry_after: float | None = None


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    leaving: Callable[[], None],
    budget: Budget,
    accepts: Callable[[Answer], bool],
    local: bool = False,
    method: str = "POST",
) -> Result:
    """Send once, for certain or with the doubt named; again only where the receiver certainly did not take it.

    leaving: called before the first byte of the request leaves, each time. accepts: whether a 2xx
    answer says that it was taken; another 2xx is unknown. local: loopback and plain http are allowed.
    """
    result = failed("not tried: the time for this run is used up")
    for attempt in range(TRIES):
        if budget.left <= 0:
            return result
        answer = _once(url, body, headers, leaving, budget, local, method)
        if isinstance(answer, Result):
            result = answer
            wait: float | None = BACK_OFF[attempt] if attempt < len(BACK_OFF) else None
        else:
            result = judge(answer, accepts)
            wait = _pause(answer, attempt)
        if result.state != "failed" or result.final or wait is None or not budget.wait(wait):
            return result
    return result


def judge(answer: Answer, accepts: Callable[[Answer], bool]) -> Result:
    """What an HTTP status says about the message: taken, certainly not taken, or nobody knows."""
    status = answer.status
    if 200 <= status < 300:
        return Result("sent") if accepts(answer) else unknown(f"status {status}, but not the answer of this service")
    if 300 <= status < 400:
        return failed(f"status {status}: redirects are not followed", final=True)
    if status in AGAIN:
        return failed(f"status {status}")
    if 400 <= status < 500:
        return failed(f"status {status}", final=True)
    return unknown(f"status {status}")


def _pause(answer: Answer, attempt: int) -> float | None:
    if answer.retry_after is not None:
        return answer.retry_after if answer.retry_after <= WAIT_AT_MOST else None
    return BACK_OFF[attempt] if attempt < len(BACK_OFF) else None


def _once(
    url: str, body: bytes, headers: Mapping[str, str], leaving: Callable[[], None], budget: Budget, local: bool,
    method: str,
) -> Answer | Result:  # fmt: skip
    import httpx

    quiet()
    left = False

    def trace(event: str, info: Mapping[str, Any]) -> None:
        nonlocal left
        if event.endswith("send_request_headers.started") and not left:
            leaving()
            left = True

    try:
        with client(local, budget) as session:
            request = session.build_request(
                method, url, content=body, headers={**headers, "Accept-Encoding": "identity"},
                extensions={"trace": trace},
            )  # fmt: skip
            response = session.send(request, stream=True)
            try:
                got = _read(response, budget)
            finally:
                response.close()
            return Answer(response.status_code, got, _retry_after(response.headers.get("Retry-After")))
    except httpx.HTTPError as error:
        return _failure(error, left)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        # raised anew without its cause: the text of these holds the address
        return failed("the address cannot be used", final=True)


def _failure(error: Exception, left: bool) -> Result:
    """By what was under way, never by the error's text, which holds the address."""
    what = type(error).__name__
    certificate = "CERTIFICATE_VERIFY_FAILED" in str(error) or "certificate verify failed" in str(error)
    if certificate:
        return failed("the receiver's certificate is not valid")
    if not left:
        return failed(f"no connection ({what})")
    return unknown(f"the connection broke before an answer ({what})")


def _read(response: httpx.Response, budget: Budget) -> bytes:
    """The first bytes of the body. A body that breaks off does not undo the status that came before it."""
    import httpx

    got = b""
    until = budget.clock() + READ_SECONDS
    try:
        for piece in response.iter_raw():
            got += piece
            if len(got) >= LONGEST_BODY or budget.clock() > until:
                break
    except httpx.HTTPError:
        return got[:LONGEST_BODY]
    return got[:LONGEST_BODY]


def _retry_after(text: str | None) -> float | None:
    """Seconds of a Retry-After; one written as a date, or nonsense, is more than we wait for."""
    if text is None:
        return None
    word = text.strip()
    return float(word) if word.isascii() and word.isdigit() and len(word) < 7 else WAIT_AT_MOST + 1


def quiet() -> None:
    """httpx writes the address of every request to the log, secret and all."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
        for child in ("connection", "http11", "http2", "proxy", "socks"):
            logging.getLogger(f"{name}.{child}").setLevel(logging.CRITICAL)


def client(local: bool, budget: Budget) -> httpx.Client:
    """A client that trusts nothing around it and connects to checked addresses only."""
    import httpcore
    import httpx

    context = _trusted()
    transport = httpx.HTTPTransport(verify=context, trust_env=False, retries=0)
    # the pool of httpx knows no address check; this one is made the same way but asks before connecting
    if not isinstance(transport._pool, httpcore.ConnectionPool):
        raise RuntimeError("this httpx keeps its connections elsewhere: addresses would go unchecked")
    transport._pool = httpcore.ConnectionPool(
        ssl_context=context, max_connections=1, http1=True, http2=False, retries=0, network_backend=_checked(local)
    )
    patience = max(1.0, min(READ_SECONDS, budget.left))
    return httpx.Client(
        transport=transport, trust_env=False, follow_redirects=False, headers={"User-Agent": "cs"},
        timeout=httpx.Timeout(patience, connect=min(CONNECT_SECONDS, patience)),
    )  # fmt: skip


@cache
def _trusted() -> ssl.SSLContext:
    """One named list of certificates: without it OpenSSL would ask the environment (SSL_CERT_FILE). Read once."""
    import ssl

    import certifi

    return ssl.create_default_context(cafile=certifi.where())


def _checked(local: bool) -> Any:
    import httpcore

    class Checked(httpcore.SyncBackend):
        """Resolves once, checks the address and connects to exactly that one."""

        def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                raise httpcore.ConnectError("the name does not resolve") from None
            for *_, address in found:
                if not reachable(str(address[0]), local):
                    raise httpcore.ConnectError("the address is not a public one")
            last: Exception | None = None
            for *_, address in found[:4]:
                try:
                    return super().connect_tcp(str(address[0]), port, *args, **kwargs)
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    last = error
            raise last or httpcore.ConnectError("no address")

    return Checked()


def reachable(address: str, local: bool) -> bool:
    """Whether an address may be connected to: public ones, and loopback where a setting names it."""
    number = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(number, "ipv4_mapped", None)
    number = mapped or number
    if number.is_loopback:
        return local
    return number.is_global and not number.is_multicast


def ping(url: str, seconds: float = 10.0, *, local: bool = False) -> bool:
    """Tell a heartbeat service that the job is done. Never raises, never takes longer than about that."""
    budget = Budget(seconds)
    found = _once(url, b"", {}, lambda: None, budget, local, "GET")
    return isinstance(found, Answer) and 200 <= found.status < 300
