"""Slack by incoming webhook, as Block Kit. Data stands in plain_text alone and cannot call anybody.

Slack offers no key against repeats: an answer that is lost leaves the outcome unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cs_cli.base.safe_text import safe_text
from cs_cli.deliver.model import Message, Part, Result
from cs_cli.deliver.plain import alone, foot, heading, when

if TYPE_CHECKING:
    from cs_cli.deliver.options import Options
    from cs_cli.deliver.web import Answer, Budget

HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
HEADER, SECTION, BLOCKS = 150, 3000, 50  # Slack's own limits
TEXT = 1200  # of one reminder, so that title, text and note fit a block also after escaping


def make(options: Options) -> Slack:
    local = options.flag("allow_localhost_http")
    host = options.text("allow_host")
    secret = options.secret("webhook", plain="address" if local else "")
    address = options.address(secret, "webhook", local=local, hosts=(host,) if host else HOSTS)
    options.done()
    return Slack(address or "", local)


class Slack:
    repeatable = False

    def __init__(self, address: str, local: bool) -> None:
        self._address, self._local = address, local

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        from cs_cli.deliver.web import post

        body = json.dumps(payload(message), ensure_ascii=True).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return post(self._address, body, headers, leaving=leaving, budget=budget, accepts=_is_ok, local=self._local)


def _is_ok(answer: Answer) -> bool:
    # a hotel's login page also says 200
    return answer.body.strip() == b"ok"


def payload(message: Message) -> dict[str, Any]:
    """The JSON for Slack: at most 50 blocks, texts within Slack's limits, nothing cut without a word."""
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _text(heading(message), HEADER)}]
    if message.slack:
        # from cs.yaml and of a member id's form, so the one place where a mention is meant
        mentions = " ".join(f"<@{one}>" for one in message.slack)
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": mentions}]})
    room = BLOCKS - len(blocks) - 3
    parts = list(message.parts)
    if message.text:
        blocks += [_section(piece) for piece in _pieces(message.text)[:room]]
    elif len(parts) <= room:
        blocks += [_section(_words(part, title=not alone(message))) for part in parts]
    else:
        blocks += [_section(_words(part)) for part in parts[: room - 1]]
        left = "\n".join(part.title for part in parts[room - 1 :])
        blocks.append(_section(f"and {len(parts) - room + 1} more: cs remind list --all\n{left}"))
    if message.missed:
        gone = "\n".join(part.title for part in message.missed)
        blocks.append(_section(f"Was due meanwhile and is not true any more:\n{gone}"))
    blocks.append({"type": "context", "elements": [_text(" · ".join(foot(message)), 2000)]})
    return {"text": _escape(heading(message), SECTION), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _words(part: Part, title: bool = True) -> str:
    late = when(part)
    lead = [part.title + (f" ({late})" if late else "")] if title else [late]
    text = part.text if len(part.text) <= TEXT else part.text[: TEXT - 1] + "…"
    lines = [*lead, *text.splitlines(), part.note]
    return "\n".join(line for line in lines if line.strip())


def _pieces(text: str) -> list[str]:
    """A long text in pieces that fit a block, parted at line ends."""
    pieces, piece = [], ""
    for line in text.splitlines():
        line = line[:1000]
        if len(piece) + len(line) > 2000:
            pieces.append(piece)
            piece = ""
        piece += line + "\n"
    return [one for one in [*pieces, piece] if one.strip()]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _text(text, SECTION)}


def _text(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _escape(text, limit) or " ", "emoji": False}


def _escape(text: str, limit: int) -> str:
    """Controls visible, then & < > as Slack asks, within the limit also after escaping."""
    out: list[str] = []
    size = 0
    for c in safe_text(text, limit, newlines=True):
        shown = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(c, c)
        if size + len(shown) > limit - 1:
            out.append("…")
            break
        out.append(shown)
        size += len(shown)
    return "".join(out)
