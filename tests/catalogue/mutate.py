"""Seeded damage to export files: what cut downloads, careless edits and odd programs do to them.

`mutant(n)` is the n-th damaged file, the same on every machine. `polluted(n)` is a file with exactly
one fault of structure, and says which records are still clean (after the idea of the Pollock benchmark).
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from dataclasses import dataclass

SEEDS: dict[str, bytes] = {
    "account.csv": b"account_id,name,domain,employees,created_on\n"
    + b"".join(
        b"X%d,Company %d,company%d.example,%d,2025-%02d-%02d\n" % (n, n, n, 5 * n, n % 12 + 1, n % 28 + 1)
        for n in range(30)
    ),
    "subscription.csv": (
        b"subscription_id,account_id,plan,quantity,amount,currency,interval,discount,started_on,status\n"
    )
    + b"".join(
        b"P%d,A%d,pro,%d,%d.50,EUR,month,10%%,2025-01-%02d,active\n" % (n, n % 3 + 1, n + 1, 10 + n, n % 28 + 1)
        for n in range(20)
    ),
    "invoice.csv": b"invoice_id,account_id,issued_on,due_on,amount,currency,status\n"
    + b"".join(
        b'I%d,A%d,%02d/01/2026,%02d/02/2026,"1.%03d,50",EUR,open\n'
        % (n, n % 3 + 1, n % 28 + 1, n % 28 + 1, n * 7 % 1000)
        for n in range(20)
    ),
    "usage.csv": b"account_id,day,metric,value\n"
    + b"".join(b"A%d,2026-05-%02d,logins,%d\n" % (n % 3 + 1, n % 28 + 1, n) for n in range(28)),
    "stripe.csv": (
        b"id,Description,Email,Name,Created (UTC),Card ID,Total Spend,Payment Count,Refunded Volume,Dispute Losses\n"
        + b"".join(
            b'cus_%d,,billing@company%d.example,"Company, %d",2026-01-01 10:00,,%d.00,0,0.00,0.00\n' % (n, n, n, n)
            for n in range(12)
        )
    ),
    "tickets.csv": b"ticket_id,account_id,requester_email,opened_at,subject\n"
    + "".join(f'T{n},A1,ann@acme.com,2026-03-01 10:00,"Żółć ""{n}""\nsecond line"\n' for n in range(12)).encode(),
    "semicolon.csv": b"sep=;\r\naccount_id;name;employees\r\n"
    + "".join(f"X{n};Müller {n};{n}\r\n" for n in range(15)).encode(),
}
_PIECES = [
    b",",
    b";",
    b"\t",
    b"|",
    b'"',
    b'""',
    b"'",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b" ",
    b"-",
    b"(",
    b"=1+1",
    b'\\"',
    b"NaN",
    b"1e400",
    b"99999999999999999999999",
    b"31/02/2026",
    b"2026-02-30",
    b"#REF!",
    b"<html>",
    b"Total",
    b"%",
    "é".encode(),
    "é".encode("cp1252"),
    "\u2028".encode(),
    b"\x1b[2J",
    b"x" * 5000,
    b",,,,,",
    b"0x10",
    b"1,234",
    b"account_id",
]


def _at(rnd: random.Random, data: bytes) -> int:
    return rnd.randrange(len(data) + 1)


def _insert(rnd: random.Random, data: bytes) -> bytes:
    at = _at(rnd, data)
    return data[:at] + rnd.choice(_PIECES) + data[at:]


def _replace(rnd: random.Random, data: bytes) -> bytes:
    at = _at(rnd, data)
    return data[:at] + rnd.choice(_PIECES) + data[at + rnd.randrange(1, 6) :]


def _flip(rnd: random.Random, data: bytes) -> bytes:
    if not data:
        return data
    at = rnd.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rnd.randrange(8))]) + data[at + 1 :]


def _drop(rnd: random.Random, data: bytes) -> bytes:
    at = _at(rnd, data)
    return data[:at] + data[at + rnd.randrange(1, 60) :]


def _cut(rnd: random.Random, data: bytes) -> bytes:
    return data[: _at(rnd, data)]


def _twice(rnd: random.Random, data: bytes) -> bytes:
    one, two = sorted((_at(rnd, data), _at(rnd, data)))
    return data[:two] + data[one:two] + data[two:]


def _lines(rnd: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(True)
    if len(lines) < 3:
        return data
    one, two = rnd.randrange(len(lines)), rnd.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines)


def _endings(rnd: random.Random, data: bytes) -> bytes:
    return data.replace(b"\n", rnd.choice([b"\r", b"\r\n", b"\r\r\n", b"\n\n", b"\x0b", b"\x85"]))


def _delimiter(rnd: random.Random, data: bytes) -> bytes:
    return data.replace(b",", rnd.choice([b";", b"\t", b"|", b", ", b":", b""]))


def _recode(rnd: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(
        rnd.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-8-sig", "utf-7"]), "replace"
    )


def _column(rnd: random.Random, data: bytes) -> bytes:
    rows = [line.split(b",") for line in data.split(b"\n")]
    at = rnd.randrange(max(1, len(rows[0])))
    for row in rows:
        if len(row) > at:
            del row[at]
    return b"\n".join(b",".join(row) for row in rows)


def _cell(rnd: random.Random, data: bytes) -> bytes:
    rows = [line.split(b",") for line in data.split(b"\n")]
    row = rnd.choice(rows)
    row[rnd.randrange(len(row))] = rnd.choice([b"", *_PIECES])
    return b"\n".join(b",".join(row) for row in rows)


def _packed(rnd: random.Random, data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


_WAYS: list[Callable[[random.Random, bytes], bytes]] = [
    _insert,
    _insert,
    _replace,
    _replace,
    _flip,
    _drop,
    _cut,
    _twice,
    _lines,
    _endings,
    _delimiter,
    _recode,
    _column,
    _cell,
    _cell,
    _packed,
]


def mutant(number: int) -> tuple[str, bytes]:
    """(file name, bytes) of the n-th mutant: one seed, damaged in one to four ways."""
    rnd = random.Random(f"mutant {number}")
    name = rnd.choice(sorted(SEEDS))
    data = SEEDS[name]
    for _ in range(rnd.choice([1, 1, 2, 3, 4])):
        data = rnd.choice(_WAYS)(rnd, data)
    return f"m{number}-{name}", data


@dataclass(frozen=True)
class Polluted:
    """A file with one fault. clean: account id → (name, employees) of the records that the fault leaves whole."""

    fault: str
    data: bytes
    clean: dict[str, tuple[str, int]]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text


def polluted(number: int) -> Polluted:
    """The n-th polluted file: 60 accounts, some names with commas, quotes and line breaks, one fault of structure."""
    rnd = random.Random(f"polluted {number}")
    names = [
        rnd.choice(["Beta {}", "Acme, Inc {}", 'The "{}" Group', "Two\nlines {}", "Plain {}"]).format(n)
        for n in range(60)
    ]
    rows = [[f"X{n}", _quoted(name), str(n * 3)] for n, name in enumerate(names)]
    clean = {f"X{n}": (name, n * 3) for n, name in enumerate(names)}
    at = rnd.randrange(1, 58)
    fault = rnd.choice(sorted(FAULTS))
    lines = [",".join(row) + "\n" for row in rows]
    FAULTS[fault](rnd, lines, at)
    if fault in _ROW_IS_LOST:
        del clean[f"X{at}"]
    return Polluted(fault, ("account_id,name,employees\n" + "".join(lines)).encode(), clean)


def _set(lines: list[str], at: int, text: str) -> None:
    lines[at] = text + "\n"


FAULTS: dict[str, Callable[[random.Random, list[str], int], None]] = {
    "a cell too many": lambda rnd, lines, at: _set(lines, at, f"X{at},Odd, one,5"),
    "a cell too few": lambda rnd, lines, at: _set(lines, at, f"X{at},Odd"),
    "a stray quote": lambda rnd, lines, at: _set(lines, at, f'X{at},Odd" one,5'),
    "two stray quotes": lambda rnd, lines, at: _set(lines, at, f'X{at},Odd "one",5'),
    "text after a quote": lambda rnd, lines, at: _set(lines, at, f'X{at},"Odd"one,5'),
    "a backslash quote": lambda rnd, lines, at: _set(lines, at, f'X{at},"Odd \\"one\\"",5'),
    "an unclosed quote": lambda rnd, lines, at: _set(lines, at, f'X{at},"Odd one,5'),
    "another delimiter": lambda rnd, lines, at: _set(lines, at, f"X{at};Odd;5"),
    "a NUL": lambda rnd, lines, at: _set(lines, at, f"X{at},Odd\0one,5"),
    "the header again": lambda rnd, lines, at: lines.insert(at, "account_id,name,employees\n"),
    "a blank line": lambda rnd, lines, at: lines.insert(at, "\n"),
    "a line of commas": lambda rnd, lines, at: lines.insert(at, ",,\n"),
    "blanks at the end": lambda rnd, lines, at: lines.append("   \n\n"),
    "no last line end": lambda rnd, lines, at: lines.__setitem__(-1, lines[-1].rstrip("\n")),
    "another line end": lambda rnd, lines, at: lines.__setitem__(at, lines[at][:-1] + "\r\n"),
    "a lone cell": lambda rnd, lines, at: lines.insert(at, "note to self\n"),
    "a word for a number": lambda rnd, lines, at: _set(lines, at, f"X{at},Odd,many"),
}
_ROW_IS_LOST = {
    "a cell too many",
    "a cell too few",
    "a stray quote",
    "two stray quotes",
    "text after a quote",
    "a backslash quote",
    "an unclosed quote",
    "another delimiter",
    "a NUL",
    "a word for a number",
}
