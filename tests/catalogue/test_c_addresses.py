"""C24: e-mail addresses of every form, good and bad, through the command.

The list is our own, written from RFC 5321 and RFC 5322: every part of an address at and over its limits.
What the RFCs allow and no customer has (comments, folding, domain literals, one label) is refused too.
"""

from __future__ import annotations

import csv
import io
import re

import pytest

from tests.catalogue.desk import Desk

ATEXT = "!#$%&'*+-/=?^_`{|}~"
GOOD = [
    "ann@acme.com",
    "a@b.cd",
    "ANN@ACME.COM",
    "ann.lee@acme.com",
    "a.b.c.d@acme.com",
    "ann+label@acme.com",
    "ann_lee-2@acme.com",
    "0123456789@acme.com",
    "ann@123.com",
    "ann@1-2.com",
    "ann@a-b.co.uk",
    "ann@xn--bcher-kva.example",
    "ann@bücher.example",
    "ännä@acme.com",
    "用户@acme.com",
    "ann@例子.example",
    *(f"a{char}b@acme.com" for char in ATEXT),
    *(f"{char}@acme.com" for char in ATEXT if char != "="),
    "x" * 64 + "@acme.com",
    "ann@" + "x" * 63 + ".com",
    "ann@" + ".".join(["x" * 60] * 4) + ".com",
    "ann@a.b.c.d.e.f.g.h.i.j.k.l",
    '"ann"@acme.com',
    '"ann lee"@acme.com',
    '"ann@home"@acme.com',
    '"a\\"b"@acme.com',
    '"a\\\\b"@acme.com',
    '"a,b;c"@acme.com',
    '""@acme.com',
    "ann@acme.c0m",
    "ann@acme.museum",
    "mailto:ann@acme.com",
]
BAD = [
    "a",
    "@",
    "ann@",
    "@acme.com",
    "ann",
    "acme.com",
    "a@b",
    "ann@localhost",
    "ann@@acme.com",
    "ann@acme@home.com",
    "a b@c.de",
    "ann @acme.com",
    "ann@ acme.com",
    "ann@ac me.com",
    ".ann@acme.com",
    "ann.@acme.com",
    "a..b@acme.com",
    ".@acme.com",
    "ann@.acme.com",
    "ann@acme.com.",
    "ann@acme..com",
    "ann@.",
    "ann@-acme.com",
    "ann@acme-.com",
    "ann@acme.-com",
    "ann@acme.com-",
    "ann@acme.123",
    "ann@127.0.0.1",
    "ann@[127.0.0.1]",
    "ann@[IPv6:::1]",
    "ann@acme!.com",
    "ann@acme.com>",
    "<ann@acme.com>",
    "Ann Lee <ann@acme.com>",
    "Ann <ann@acme.com",
    '"Ann" <ann@acme.com>',
    "ann@acme.com; bob@acme.com",
    "ann@acme.com, bob@acme.com",
    "ann@acme.com;",
    "ann@acme.com,",
    "ann@acme.com bob@acme.com",
    "ann@acme.com/bob",
    "ann(home)@acme.com",
    "(home)ann@acme.com",
    "ann@acme(home).com",
    "ann@acme.com(home)",
    *(f"a{char}b@acme.com" for char in '()<>[]:;,\\" \t'),
    *(f"ann@ac{char}me.com" for char in "()<>[]:;,\\\"!#$%&'*+/=?^_`{|}~"),
    '"ann@acme.com',
    'ann"@acme.com',
    '"a"b"@acme.com',
    '"ann"lee@acme.com',
    '"ann".@acme.com',
    'a"nn"@acme.com',
    '"a\\"@acme.com',
    '"a\nb"@acme.com',
    "ann\n@acme.com",
    "ann@acme.com\nBcc: bob@acme.com",
    "ann@acme\n.com",
    "ann@acme.com\r\n\r\nbob",
    "ann\x07@acme.com",
    "ann@ac\x7fme.com",
    "x" * 65 + "@acme.com",
    "ä" * 33 + "@acme.com",
    "ann@" + "x" * 64 + ".com",
    "ann@" + ".".join(["x" * 60] * 5) + ".com",
    "x" * 60 + "@" + ".".join(["x" * 60] * 4) + ".com",
    "x" * 310 + "@acme.com",
    "ann@ac\u200bme..com",
    "ann at acme.com",
    "ann[at]acme.com",
    "ann@acme,com",
    "http://acme.com",
    "https://ann@acme.com/",
    "mailto:",
    "mailto:ann",
    "none@none",
    "n/a@",
    "#REF!@acme",
]


def contacts(cells: list[str], extra: int = 0) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["contact_id", "account_id", "email"])
    writer.writerows([[f"C{n:03}", "A1", cell] for n, cell in enumerate(cells)])
    writer.writerows([[f"D{n:03}", "A1", f"d{n}@acme.com"] for n in range(extra)])
    return out.getvalue().encode()


def test_there_are_as_many_as_the_catalogue_asks_for() -> None:
    assert len(set(GOOD)) == len(GOOD)
    assert len(set(BAD)) == len(BAD)
    assert len(GOOD) + len(BAD) >= 164


def test_c24_good_addresses_are_kept_and_their_domain_is_lower_case(desk: Desk) -> None:
    answer = desk.cs("import", desk.file("new.csv", contacts(GOOD)))
    assert answer.code == 0, answer.err
    wanted = []
    for cell in GOOD:
        local, _, domain = cell.removeprefix("mailto:").rpartition("@")
        wanted.append((f"{local}@{domain.lower()}",))
    assert desk.rows("SELECT email FROM contact ORDER BY key") == wanted


def test_c24_bad_addresses_are_set_aside_each_with_its_place(desk: Desk) -> None:
    for at in range(0, len(BAD), 20):  # twenty of a file may be bad, more refuse it
        some = BAD[at : at + 20]
        path = desk.file(f"new{at}.csv", contacts(some, extra=3))
        answer = desk.cs("import", path, "--source", "cs_contact")
        assert answer.code == 3, answer.err
        assert set(re.findall(r"error\[(IMP-\d+)\]", answer.err)) == {"IMP-140"}
        told = desk.cs("imports", "rejects", desk.last_import(), "-f", "json").json
        assert [(row["record"], row["column"]) for row in told] == [(str(n), "3") for n in range(1, len(some) + 1)]
        assert {row["header"] for row in told} == {"email"}
        assert desk.keys("contact") == {"D000", "D001", "D002"}


@pytest.mark.parametrize("cell", ["", " ", "-", "N/A", "NULL"])
def test_c24_no_address_is_no_fault(desk: Desk, cell: str) -> None:
    assert desk.cs("import", desk.file("new.csv", contacts([cell, "ann@acme.com"]))).code == 0
    assert desk.rows("SELECT email FROM contact ORDER BY key") == [(None,), ("ann@acme.com",)]
