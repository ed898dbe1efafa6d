"""Filling in the starter cs.yaml: answers become quoted YAML texts, whatever they hold."""

from __future__ import annotations

from collections.abc import Mapping

QUESTIONS = ("company", "currency", "timezone", "name", "email")


def fill_starter(text: str, answers: Mapping[str, str]) -> str:
    """The starter with its placeholders filled: company, currency, timezone, name, email.

    Every answer is written as a double-quoted YAML text, so that `NO`, quotation marks, colons and
    line breaks stay what they are. An unknown e-mail is left to be filled in.
    Raises KeyError for an answer that is missing.
    """
    if not answers["email"]:
        text = text.replace("    email: {email}", "    # email: you@example.com")
    filled = {name: quoted(answers[name]) for name in QUESTIONS}
    plain = "".join(char for char in answers["currency"] if char.isascii() and char.isalpha())
    return text.format(**filled, currency_plain=plain)


def quoted(value: str) -> str:
    """A double-quoted YAML text on one line. UnicodeEncodeError when it is no text (a lone surrogate)."""
    value.encode()
    out = []
    for char in value:
        if char in '"\\':
            out.append("\\" + char)
        elif char.isprintable():
            out.append(char)
        elif ord(char) > 0xFFFF:
            out.append(f"\\U{ord(char):08X}")
        else:
            out.append(f"\\u{ord(char):04X}")
    return '"' + "".join(out) + '"'
