"""Hostile data in every channel: it is shown, it calls nobody, it adds nothing. And secrets stay secret."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar

from cs_cli.base.errors import CsError
from cs_cli.deliver.channels import make
from cs_cli.deliver.channels.slack import BLOCKS, HEADER, SECTION, payload
from cs_cli.deliver.compose import member
from cs_cli.deliver.model import Message, Part
from cs_cli.deliver.options import Options
from cs_cli.deliver.page import page
from cs_cli.deliver.plain import plain
from cs_cli.deliver.secret import Secret
from cs_cli.deliver.template import TemplateFault, fill
from cs_cli.deliver.web import Budget

HOSTILE = [
    "<!channel>",
    "<@U123ABCDE>",
    "<http://evil.example|Login>",
    "&lt;!here&gt;",
    "*bold* _it_ `code` ~x~",
    "```",
    ":smile:",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "x\r\nEND:VEVENT\r\nBEGIN:VEVENT",
    "a;b,c\\n:d",
    "\x1b[2J\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "\u202egnp.exe",
    "\u200b\u2066",
    "{{ 7*7 }}",
    "{% for x in y %}",
    "[red]x[/red]",
    "=cmd|'/C calc'!A0",
    "n" * 10_000,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\ud800",
    "",
    " ",
    "'; DROP TABLE delivery;--",
]
CONTROLS = {chr(n) for n in range(32)} - {"\n"} | {"\x7f", "\x9b", "\u202e", "\u2066", "\u200b"}


def message(text: str, parts: int = 2) -> Message:
    part = Part(text, f"{text}\n{text}", text, date(2026, 6, 1), text, "u1")
    return Message(
        "7F3A21",
        "<7f3a21@cs-desk.invalid>",
        "team",
        text,
        date(2026, 6, 30),
        text,
        (part,) * parts,
        (part,),
        (text,),
        company=text,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_slack_shows_data_as_text_and_calls_nobody(text: str) -> None:
    found = payload(message(text))
    wire = json.loads(json.dumps(found))
    texts = [wire["text"]]
    for block in wire["blocks"]:
        for held in [block.get("text"), *block.get("elements", [])]:
            if held is not None:
                assert held["type"] == "plain_text"
                assert held["emoji"] is False
                texts.append(held["text"])
    for one in texts:
        assert "<" not in one
        assert ">" not in one
        assert not CONTROLS & set(one)
        rest = one.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
        assert "&" not in rest
        assert 0 < len(one) <= SECTION


@pytest.mark.parametrize("count", [1, 2, 46, 47, 48, 500])
def test_slack_stays_within_its_limits_and_leaves_nothing_out_unsaid(count: int) -> None:
    parts = tuple(Part(f"&Account {n}" * 20, "x" * 5000, f"c{n}", uid=str(n)) for n in range(count))
    found = payload(replace(message("x"), parts=parts, missed=()))
    assert len(found["blocks"]) <= BLOCKS
    assert len(found["blocks"][0]["text"]["text"]) <= HEADER
    shown = sum(f"c{n}" in json.dumps(found) for n in range(count)) if count < 40 else count
    assert shown == count or "more: cs remind list" in json.dumps(found)
    if count == 500:
        assert "more: cs remind list" in json.dumps(found)


def test_a_long_report_is_parted_into_blocks() -> None:
    found = payload(replace(message("x", 1), text="\n".join(f"line {n} " + "y" * 80 for n in range(2000))))
    assert len(found["blocks"]) <= BLOCKS


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_text_and_html_hold_no_control_and_no_tag(text: str) -> None:
    assert not CONTROLS & set(plain(message(text)))
    html = page(message(text))
    assert "<script" not in html
    assert "<img" not in html
    assert not CONTROLS & set(html)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_calendar_parses_back_to_what_was_meant(text: str, tmp_path: Path) -> None:
    made = make("calendar", Options("cal", {"path": "."}, tmp_path, {}))
    one = replace(message(text, 1), missed=())
    assert made.send(one, lambda: None, Budget()).state == "sent"
    (path,) = tmp_path.glob("*.ics")
    parsed = Calendar.from_ical(path.read_bytes())
    (event,) = parsed.walk("VEVENT")
    assert str(event["uid"]) == "u1@reminders.cs-desk.invalid"
    assert int(event["sequence"]) == 0
    assert "attendee" not in event
    assert "organizer" not in event
    assert parsed["method"] == "PUBLISH"
    assert all(len(line) <= 75 for line in path.read_bytes().split(b"\r\n"))
    before = path.read_bytes()
    assert made.send(one, lambda: None, Budget()).state == "sent"
    assert path.read_bytes() == before
    changed = replace(one, parts=(replace(one.parts[0], title="moved"),))
    made.send(changed, lambda: None, Budget())
    (event,) = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert int(event["sequence"]) == 1
    assert path.stat().st_mode & 0o077 == 0


def test_what_is_no_calendar_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "reminders-mara.ics").write_text("not a calendar")
    made = make("calendar", Options("cal", {"path": "."}, tmp_path, {}))
    result = made.send(replace(message("x", 1), recipient="mara"), lambda: None, Budget())
    assert (result.state, result.final) == ("failed", True)
    assert (tmp_path / "reminders-mara.ics").read_text() == "not a calendar"


def test_a_file_gets_each_message_once(tmp_path: Path) -> None:
    made = make("file", Options("log", {"path": "deep/log.txt"}, tmp_path, {}))
    for _ in range(2):
        assert made.send(message("Alder"), lambda: None, Budget()).state == "sent"
    text = (tmp_path / "deep" / "log.txt").read_text()
    assert text.count("7f3a21@cs-desk.invalid") == 1
    (tmp_path / "log").mkdir()
    other = make("file", Options("log", {"path": "log"}, tmp_path, {}))
    assert other.send(message("x"), lambda: None, Budget()).state == "failed"


@pytest.mark.parametrize("text", HOSTILE)
def test_data_is_never_a_template(text: str) -> None:
    out = fill("{{ name }}", {"name": text})
    assert "49" not in out
    assert not CONTROLS & set(out)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ name.__init__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ range(10**9) }}",
        "{{ 'a' * 10**9 }}",
        "{{ 10**10**10 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'x'.ljust(10**9) }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ name.upper() }}",
        "{{ missing }}",
        "{{ name|attr('x') }}",
        "{{ name|pprint }}",
        "{{ lipsum() }}",
        "{% for a in name %}{% for b in name %}x{% endfor %}{% endfor %}",
        "{{ 1/0 }}",
        "{{ name",
        "{{ name - 1 }}",
        "{% set x = namespace() %}{{ x }}",
        "{{ name|center(100000000) }}",
    ],
)
def test_a_template_from_the_web_can_do_no_harm(template: str) -> None:
    with pytest.raises(TemplateFault):
        fill(template, {"name": "n" * 500})


def test_what_a_template_may_do() -> None:
    values = {"name": "Alder", "arr": 12300.0, "gone": None, "flag": True, "day": "2026-06-30"}
    assert (
        fill("{{ name|upper }}: {{ arr }}, {{ gone }}, {{ flag }}, {{ arr / 12 }}", values)
        == "ALDER: 12,300, unknown, yes, 1,025"
    )
    assert fill("{% if gone is none %}no{% else %}{{ gone }}{% endif %}", values) == "no"
    assert len(fill("{% for c in name %}{{ big }}{% endfor %}", {"name": "x" * 500, "big": "y" * 500})) <= 20_000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("U012ABCDEF", "U012ABCDEF"),
        ("@W012ABCDEF", "W012ABCDEF"),
        ("mara", None),
        ("U1|x> <!channel", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_member_id_is_mentioned(text: str | None, found: str | None) -> None:
    assert member(text) == found


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("CANARY")
    assert "CANARY" not in f"{secret} {secret!r} {secret:>10} {[secret]} %s" % secret
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.copy(secret)


@pytest.mark.parametrize(
    ("written", "mode", "code"),
    [
        (b"https://hooks.slack.com/services/CANARY\n", 0o600, 0),
        (b"https://hooks.slack.com/services/CANARY\r\n", 0o600, 0),
        (b"https://hooks.slack.com/services/CANARY", 0o644, 15),
        (b"", 0o600, 12),
        (b"\n\n", 0o600, 12),
        (b"CANARY\nCANARY", 0o600, 12),
        (b"\xff\xfe", 0o600, 12),
        (b"C" * 5000, 0o600, 12),
    ],
)
def test_secret_files(written: bytes, mode: int, code: int, tmp_path: Path) -> None:
    path = tmp_path / "hook"
    path.write_bytes(written)
    path.chmod(mode)
    options = Options("team", {"kind": "slack", "secret_file": "hook"}, tmp_path, {})
    if code == 0:
        make("slack", options)
        return
    with pytest.raises(CsError) as caught:
        make("slack", options)
    assert caught.value.code == code
    assert "CANARY" not in str(caught.value.faults)


def test_a_secret_file_that_is_a_link_or_missing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("https://hooks.slack.com/x")
    (tmp_path / "real").chmod(0o600)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("link", "nothing", "."):
        with pytest.raises(CsError) as caught:
            make("slack", Options("team", {"secret_file": name}, tmp_path, {}))
        assert caught.value.code == 12


def test_secrets_do_not_stand_in_the_settings(tmp_path: Path) -> None:
    for written in (
        {"webhook": "https://hooks.slack.com/services/CANARY"},
        {"webhook": "${NOT_SET}"},
        {"webhook": 5},
        {},
    ):
        with pytest.raises(CsError) as caught:
            make("slack", Options("team", {"kind": "slack", **written}, tmp_path, {"NOT_SETT": "x"}))
        assert caught.value.code == 12
        assert "CANARY" not in str(caught.value.faults)
