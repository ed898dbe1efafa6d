"""Any receiver of JSON: signed with HMAC-SHA256, the same key for the same message on every try."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cs_cli.deliver.model import Message, Part, Result
from cs_cli.deliver.secret import Secret

if TYPE_CHECKING:
    from cs_cli.deliver.options import Options
    from cs_cli.deliver.web import Answer, Budget


def make(options: Options) -> Webhook:
    local = options.flag("allow_localhost_http")
    host = options.text("allow_host")
    secret = options.secret("secret")
    address = options.address(
        _plain_or_secret(options), "url", local=local, hosts=(host,) if host else ()
    )  # fmt: skip
    options.done()
    return Webhook(address or "", secret or Secret(""), local)


def _plain_or_secret(options: Options) -> Secret | None:
    # `secret_file` is the signing key; an address is written out or in a variable
    if options.written.get("url") is None:
        options.text("url", needed=True)
        return None
    return options.secret("url", plain="address")


class Webhook:
    repeatable = False

    def __init__(self, address: str, secret: Secret, local: bool) -> None:
        self._address, self._secret, self._local = address, secret, local

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        from cs_cli.deliver.web import post

        body = json.dumps(payload(message), ensure_ascii=True, sort_keys=True).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.message_id.strip("<>"),
            "X-CS-Signature": sign(body, self._secret),
        }
        return post(self._address, body, headers, leaving=leaving, budget=budget, accepts=_any, local=self._local)


def _any(answer: Answer) -> bool:
    return True


def sign(body: bytes, secret: Secret) -> str:
    """`sha256=` and the HMAC of the body in hex."""
    return "sha256=" + hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()


def payload(message: Message) -> dict[str, Any]:
    """The JSON object; a repeat has the same id."""
    return {
        "version": 1,
        "id": message.message_id.strip("<>"),
        "ref": message.ref,
        "day": message.day.isoformat(),
        "company": message.company,
        "recipient": message.recipient or None,
        "email": message.email,
        "subject": message.subject,
        "may_be_a_repeat": message.repeat,
        "reminders": [_part(part) for part in message.parts],
        "missed": [_part(part) for part in message.missed],
        "text": message.text or None,
        "report": json.loads(message.data) if message.data else None,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "id": part.uid,
        "account_id": part.account_id or None,
        "title": part.title,
        "text": part.text,
        "note": part.note,
        "was_due": part.due.isoformat() if part.due else None,
    }
