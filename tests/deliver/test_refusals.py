"""Channels that cannot be used: the key's line in cs.yaml, the way out, no secret shown, nothing sent or changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs
from tests.refusals import nothing_changes, refused

SMTP = {"kind": "smtp", "host": "smtp.example.com", "from": "desk@acme.example"}
SLACK = {"kind": "slack"}
HOOK = "https://hooks.slack.com/services/T0/B0/hunter2"

# the channel's keys, id, the key that is named, what is said and what to do
WRONG = [
    ({**SMTP, "host": None}, "INT-020", "team", "host is missing", "one line of text"),
    ({**SMTP, "host": 5}, "INT-020", "host", "host must be one line of text", "one line of text"),
    ({**SMTP, "port": 0}, "INT-020", "port", "port must be a number", "1 to 65535"),
    ({**SMTP, "tls": "maybe"}, "INT-020", "tls", "tls is not one of the words", "starttls"),
    ({**SMTP, "allow_insecure_localhost": "perhaps"}, "INT-020", "allow_insecure_localhost", "must", "true or false"),
    ({**SMTP, "from": "nobody"}, "INT-020", "from", "from is not one e-mail address", "desk@acme.example"),
    ({**SMTP, "prt": 25}, "DEF-012", "prt", 'did you mean "port"?', "allow_insecure_localhost"),
    ({**SMTP, "on_unknown": "drop"}, "INT-020", "on_unknown", "on_unknown is not one", "hold, resend"),
    (SLACK, "INT-020", "team", "webhook is missing", "secret_file: PATH"),
    ({**SLACK, "webhook": HOOK}, "INT-021", "webhook", "must not stand in cs.yaml", "write webhook: ${CS_TEAM}"),
    ({**SMTP, "user": "a", "password": "hunter2"}, "INT-021", "password", "must not stand", "${CS_TEAM}"),
    ({**SLACK, "webhook": "${CS_NOT_SET}"}, "INT-022", "webhook", "CS_NOT_SET is not set", "export CS_NOT_SET=…"),
    ({**SLACK, "webhook": "${CS_BLANK}"}, "INT-023", "webhook", "holds a blank", "one word"),
    ({**SLACK, "webhook": "${CS_PLAIN}"}, "INT-025", "webhook", "is not https", "hooks.slack.com"),
    ({**SLACK, "webhook": "${CS_OTHER}"}, "INT-025", "webhook", "is not at hooks.slack.com", "hooks.slack.com"),
    ({**SMTP, "tls": "none"}, "INT-026", "tls", "without TLS", "starttls or tls"),
    ({**SMTP, "to": "[Dana]"}, "INT-016", "to", "Dana is nobody of cs.yaml", "Robin Vale"),
]


def write(folder: Path, keys: dict[str, object]) -> dict[str, int]:
    """Adds the channel `team` with these keys to cs.yaml; the line of each key, and where the keys begin."""
    path = folder / "cs.yaml"
    lines = [*path.read_text().splitlines(), "channels:", "  team:"]
    at = {"team": len(lines) + 1}
    for key, value in keys.items():
        if value is not None:
            lines.append(f"    {key}: {value}")
            at[key] = len(lines)
    path.write_text("\n".join(lines) + "\n")
    return at


@pytest.mark.parametrize(("keys", "ident", "key", "what", "way"), WRONG, ids=[f"{w[1]}-{w[3]}" for w in WRONG])
def test_a_setting_that_cannot_be(
    cs: Cs,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    keys: dict[str, object],
    ident: str,
    key: str,
    what: str,
    way: str,
) -> None:
    monkeypatch.delenv("CS_NOT_SET", raising=False)
    monkeypatch.setenv("CS_BLANK", "hunter2 hunter2")
    monkeypatch.setenv("CS_PLAIN", "http://hooks.slack.com/hunter2")
    monkeypatch.setenv("CS_OTHER", "https://example.com/hunter2")
    line = write(workspace, keys)[key]
    with nothing_changes(workspace):
        done = cs("-w", workspace, "report", "weekly", "--send", "team")
        refused(done, ident, f"cs.yaml:{line}:", what, way, "nothing was changed")
    assert "hunter2" not in done.err


@pytest.mark.parametrize(
    ("content", "mode", "ident", "what", "way"),
    [
        (None, 0o600, "INT-023", "No such file", "one line of text, mode 0600"),
        (b"\n", 0o600, "INT-023", "empty", "one line of text, mode 0600"),
        (b"\xff\xfe", 0o600, "INT-023", "not text", "one line of text, mode 0600"),
        (b"a" * 5000, 0o600, "INT-023", "too long", "one line of text, mode 0600"),
        (HOOK.encode(), 0o644, "INT-024", "others can read", "chmod 600"),
    ],
    ids=["missing", "empty", "bytes", "long", "open to others"],
)
def test_a_secret_file_that_cannot_be(
    cs: Cs, workspace: Path, content: bytes | None, mode: int, ident: str, what: str, way: str
) -> None:
    write(workspace, {**SLACK, "secret_file": "hook.secret"})
    path = workspace / "hook.secret"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with nothing_changes(workspace):
        done = cs("-w", workspace, "report", "weekly", "--send", "team")
        refused(done, ident, str(path), what, way)
    assert "hunter2" not in done.err


def test_what_was_not_delivered_is_said_with_why(cs: Cs, workspace: Path) -> None:
    write(workspace, {"kind": "file", "path": "exports"})
    done = cs("-w", workspace, "report", "weekly", "--send", "team")
    why = f"{workspace / 'exports'} cannot be written: Is a directory"
    refused(done, "INT-004", "team: 1 report", why, "sent 0 reports", "cs remind retry REF")
    (row,) = cs("-w", workspace, "remind", "list", "-f", "json").json
    assert (row["state"], row["playbook"], row["channel"]) == ("failed", "report:weekly", "team")


@pytest.mark.parametrize("place", ["cs.db", "cs.db-wal", ".cs/run.lock", "cs.yaml"])
def test_a_channel_does_not_write_over_the_desk_itself(cs: Cs, workspace: Path, place: str) -> None:
    write(workspace, {"kind": "file", "path": place})
    before = (workspace / "cs.db").read_bytes()[:100]
    done = cs("-w", workspace, "report", "weekly", "--send", "team")
    refused(done, "INT-004", "team: 1 report", "cannot be written: the output would replace", "sent 0 reports")
    assert (workspace / "cs.db").read_bytes()[:100] == before
    assert cs("-w", workspace, "verify").code == 0
