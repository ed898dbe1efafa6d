"""Catalogue A: what can be wrong with the file as a whole."""

from __future__ import annotations

import gzip
import io
import os
import socket
import struct
import zipfile
from pathlib import Path

import pytest

from cs_cli.intake.reader import files as reader_files
from tests.catalogue.desk import Case, Desk, check, ids
from tests.conftest import run_cs

GOOD = b"account_id,name,employees\nX1,Beta,10\nX2,Gamma,20\n"
KEYS = ("X1", "X2")


def many(rows: int) -> bytes:
    return b"account_id,name,employees\n" + b"".join(b"X%d,Company %d,%d\n" % (n, n, n) for n in range(rows))


def zipped(*members: tuple[str, bytes], link: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o120777 if link else 0o100644) << 16
            archive.writestr(info, data)
    return out.getvalue()


def encrypted() -> bytes:
    """A zip whose member says that it is encrypted, in both of its headers."""
    data = bytearray(zipped(("a.csv", GOOD)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        data[at : at + 2] = struct.pack("<H", struct.unpack("<H", data[at : at + 2])[0] | 1)
    return bytes(data)


def workbook() -> bytes:
    return zipped(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"))


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.csv")
    return folder / "pipe.csv"


def unix_socket(folder: Path) -> Path:
    before = Path.cwd()
    os.chdir(folder)  # the name of a socket may have 108 bytes only
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("s.csv")
    finally:
        os.chdir(before)
    return folder / "s.csv"


def loop(folder: Path) -> Path:
    (folder / "one.csv").symlink_to("two.csv")
    (folder / "two.csv").symlink_to("one.csv")
    return folder / "one.csv"


def named(name: bytes, content: bytes = GOOD):  # type: ignore[no-untyped-def]
    def make(folder: Path) -> Path:
        path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
        path.write_bytes(content)
        return path

    return make


def missing(folder: Path) -> Path:
    (folder / "hubspot.csv").write_bytes(GOOD)
    return folder / "hubpsot.csv"


UTF16 = GOOD.decode().encode("utf-16-le")
CP1252 = b"account_id,name,employees\nX1,Caf\xe9 \x93Nord\x94,10\nX2,Gamma,20\n"
HUGE = b"account_id,name,employees\nX1," + b"a" * (1_100_000) + b",5\n"
BOMB = b"account_id,name\n" + b"X1,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 600_000
WIDE = ",".join(["account_id", *(f"c{n}" for n in range(1100))]).encode() + b"\n"

CASES = [
    Case("A1", missing, 10, "IMP-001", says=('did you mean "hubspot.csv"',)),
    Case("A2", fifo, 10, "IMP-002", says=("not a regular file",)),
    Case("A2", lambda folder: Path("/dev/zero"), 10, "IMP-002", says=("not a regular file",)),
    Case("A2", unix_socket, 10, "IMP-002", says=("not a regular file",)),
    Case("A2", lambda folder: folder, 10, "IMP-209", says=("no export",)),
    Case("A4", b"", 10, "IMP-004", says=("the file is empty",)),
    Case("A5", b"\xef\xbb\xbf", 10, "IMP-004"),
    Case("A5", b"\n\n\r\n", 10, "IMP-004", says=("only blanks",)),
    Case("A5", b"   \n  ", 10, "IMP-004"),
    Case("A6", b"account_id,name\n", 10, "IMP-006", ":1", way=("--allow-empty",)),
    Case("A7", b"\xef\xbb\xbf" + GOOD, 0, keys=KEYS),
    Case("A8", b"\xff\xfe" + UTF16, 0, says=("read as UTF-16 LE",), keys=KEYS),
    Case("A8", b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), 0, says=("read as UTF-16 BE",), keys=KEYS),
    Case("A9", UTF16, 10, "IMP-020", says=("UTF-16-LE",), way=("--encoding", "utf-16-le"), keys=KEYS),
    Case(
        "A10",
        CP1252,
        10,
        "IMP-012",
        ":2:7",
        says=("byte 0xE9 at offset 32", "Café"),
        way=("--encoding", "cp1252"),
        keys=KEYS,
    ),
    Case(
        "A11",
        "account_id,name\nX1,Café\n".encode() + b"X2,Caf\xe9\nX3,Caf\xe9\n",
        10,
        "IMP-012",
        ":3:7",
        says=("2 lines are like this", "two encodings in one file"),
    ),
    # a bad byte far down is found on its line, and the file is not held in memory for it
    Case("A11", many(90_000) + b"X9,Caf\xe9,1\n", 10, "IMP-012", ":90002:7", says=("--encoding cp1252",)),
    Case("A12", "account_id,name\nX1,CafÃ©\n".encode(), 0, says=("looks double-encoded", "CafÃ©"), keys=("X1",)),
    Case("A13", "account_id,name\nX1,Café".encode()[:-1], 10, "IMP-013", ":2", says=("truncated",)),
    Case("A14", b'account_id,name\nX1,"Acme\nX2,Beta\n', 10, "IMP-040", ":2", says=("opened at line 2", "truncated")),
    Case("A15", GOOD[:-1], 0, says=("no line end",), keys=KEYS),
    Case("A16", b"account_id,name,employees\nX1,Acme,10\nX2,Be", 10, "IMP-035", ":3", says=("truncated",)),
    Case(
        "A17",
        many(60).replace(b"Company 7,", b"Comp\0any 7,"),
        3,
        "IMP-045",
        ':9 · record 8 · column "name" (2)',
        raw=(b"X7,Comp\0any 7,7\n",),
    ),
    Case("A10", GOOD, 10, "IMP-022", options=("--encoding", "base64"), says=("no encoding is called",)),
    Case("A10", GOOD, 10, "IMP-022", options=("--encoding", "unicode_escape"), says=("no encoding is called",)),
    Case("A10", GOOD, 0, options=("--encoding", "utf-16"), says=("read as UTF-8, not as utf-16",), keys=KEYS),
    Case("A13", UTF16[:-1], 10, "IMP-013", options=("--encoding", "utf-16"), says=("truncated",)),
    Case("A17", GOOD.replace(b"Beta", b"B\0e\0t\0a\0"), 10, "IMP-021", says=("binary",)),
    Case("A18", workbook(), 10, "IMP-008", says=("an Excel workbook",)),
    Case("A18", zipped(("a.csv", GOOD)), 10, "IMP-008", says=("a zip archive",)),
    Case("A18", gzip.compress(GOOD), 10, "IMP-008", says=("a gzip file",)),
    Case("A18", b"%PDF-1.7\n%...", 10, "IMP-008", says=("a PDF document",)),
    Case("A18", b"<!DOCTYPE html><html><body>Log in", 10, "IMP-008", says=("an HTML page, perhaps a login page",)),
    Case("A18", b'[{"account_id": "X1"}]', 10, "IMP-008", says=("JSON",)),
    Case("A18", b'[\n    {\n        "account_id": "X1"\n    }\n]\n', 10, "IMP-008", says=("JSON",)),
    Case("A18", b'{ "error": "unauthorised" }', 10, "IMP-008", says=("JSON",)),
    Case("A18", b"\n<!-- expired -->\n<html>", 10, "IMP-008", says=("an HTML page",)),
    Case("A18", b"<div>Session expired</div>\n<p>Log in</p>\n", 10, "IMP-008", says=("an HTML page",)),
    Case("A18", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, 10, "IMP-008", says=("old Excel",)),
    Case("A18", GOOD, 10, "IMP-008", name="new.csv.gz", says=("named .gz but",)),
    Case("A19", gzip.compress(BOMB), 10, "IMP-016", name="new.csv.gz", says=("100 times its size",)),
    Case("A19", zipped(("a.csv", BOMB)), 10, "IMP-016", name="new.zip"),
    Case("A20", gzip.compress(GOOD)[:-6], 10, "IMP-014", name="new.csv.gz", says=("truncated",)),
    Case("A20", gzip.compress(GOOD)[:-8] + b"\0" * 8, 10, "IMP-015", name="new.csv.gz"),
    Case("A20", gzip.compress(GOOD) + b"junk", 10, "IMP-015", name="new.csv.gz"),
    Case("A20", gzip.compress(GOOD), 0, name="new.csv.gz", keys=KEYS),
    Case("A21", zipped(("../x.csv", GOOD)), 10, "IMP-018", name="new.zip"),
    Case("A21", zipped(("/tmp/x.csv", GOOD)), 10, "IMP-018", name="new.zip"),
    Case("A21", zipped(("x.csv", b"/etc/passwd"), link=True), 10, "IMP-018", name="new.zip"),
    Case("A21", zipped(("a.csv", GOOD), ("b.csv", GOOD)), 10, "IMP-017", name="new.zip", says=("2 files",)),
    Case("A21", encrypted(), 10, "IMP-019", name="new.zip"),
    Case(
        "A21",
        zipped(("a.csv", GOOD), ("__MACOSX/._a.csv", b"x"), (".DS_Store", b"y")),
        0,
        name="new.zip",
        keys=KEYS,
    ),
    Case("A22", many(60_000), 10, "IMP-010", options=("--max-file-mb", "1"), says=("--max-file-mb",)),
    Case("A23", HUGE, 10, "IMP-023", ":2", says=("longer than 1 MB",)),
    Case(
        "A24",
        GOOD + b'X3,"' + b"ab " * 60_000 + b'",7\n',
        3,
        "IMP-044",
        ':4 · record 3 · column "name" (2)',
        says=("180,000 characters",),
        keys=KEYS,
    ),
    Case("A25", WIDE + b"X1" + b"," * 1100 + b"\n", 10, "IMP-026", ":1", says=("1,101 columns",)),
    Case("A27", loop, 10, "IMP-002"),
    Case("A28", named(b"new\n\x1b[2J.csv"), 0, says=("new⏎^[[2J.csv",), keys=KEYS),
    Case("A28", named(b"-dash.csv"), 0, keys=KEYS),
    Case("A28", named(b"caf\xe9.csv"), 0, keys=KEYS),
    Case("A28", named(b"\xff\x1b.csv", b""), 10, "IMP-004"),
    Case(
        "A30",
        b"Accounts of Testco\nExported by Ann on 2026-06-01\n\n" + GOOD,
        0,
        says=("2 lines above the header",),
        keys=KEYS,
    ),
    Case("A30", b"a,b,c,d,e\nb,c,d,e,f\n" + many(8), 10, "IMP-027", ":1", way=("--skip", "2")),
    Case("A31", GOOD + b"Total,,30\n", 0, keys=KEYS),
    Case("A31", GOOD + b"Total,,31\n", 10, "IMP-221", says=("31", "30")),
    Case("A31", GOOD + b"\n(2 rows)\n", 0, keys=KEYS),
    Case("A31", GOOD + b"\n(3 rows)\n", 10, "IMP-221", says=("3 rows", "the file has 2")),
    Case("A31", GOOD + b"Page 1 of 3\n", 10, "IMP-034", ":4", says=("one page of 3",)),
    Case("A32", GOOD + b"\nowner,team\nAnn,North\nBob,South\n", 10, "IMP-033", ":5", says=("second table",)),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a(case: Case, desk: Desk) -> None:
    check(case, desk)


def test_a3_no_permission(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.file("new.csv", GOOD)
    path.chmod(0o200)
    if os.access(path, os.R_OK):  # root may read everything

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(reader_files, "open", refuse, raising=False)
    before = desk.dump()
    answer = desk.cs("import", path)
    assert answer.code == 10
    assert "error[IMP-003]" in answer.err
    assert f"owner {path.stat().st_uid}, mode 0200" in answer.err
    assert desk.dump() == before


def test_a4_nobody_is_gone_after_an_empty_file(desk: Desk) -> None:
    before = desk.cs("accounts", "list", "-f", "json").json
    assert desk.cs("import", desk.file("accounts.csv", b"")).code == 10
    assert desk.cs("accounts", "list", "-f", "json").json == before


def test_a26_a_file_that_grows_while_it_is_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.file("new.csv", GOOD)
    classify = reader_files.Source._classify

    def grow(self: reader_files.Source) -> tuple[str, str]:
        with open(path, "ab") as file:
            file.write(b"X3,Delta,5\n")
        return classify(self)

    monkeypatch.setattr(reader_files.Source, "_classify", grow)
    before = desk.dump()
    answer = desk.cs("import", path)
    assert (answer.code, "error[IMP-009]" in answer.err) == (10, True), answer.err
    assert desk.dump() == before


def test_a27_the_same_file_twice_is_read_once(desk: Desk) -> None:
    path = desk.file("new.csv", GOOD)
    copy = desk.file("copy.csv", GOOD)
    (desk.root / "exports" / "link.csv").symlink_to(path)
    answer = desk.cs("import", path, path, desk.root / "exports" / "link.csv", copy)
    assert answer.code == 0, answer.err
    assert desk.rows("SELECT count(*) FROM change_set WHERE kind = 'import'") == [(3,)]
    assert desk.rows("SELECT count(*) FROM account WHERE key = 'X1'") == [(1,)]


def test_a29_stdin(desk: Desk) -> None:
    before = desk.dump()
    answer = desk.cs("import", "-", stdin=b"")
    assert (answer.code, "nothing on stdin" in answer.err) == (2, True)
    assert desk.dump() == before
    assert desk.cs("import", "-", stdin=GOOD).code == 0
    assert desk.keys("account") == {"A1", "A2", "A3", *KEYS}


def test_a22_a_larger_limit_takes_the_file(desk: Desk) -> None:
    path = desk.file("new.csv", many(60_000))
    assert path.stat().st_size > 1 << 20
    assert desk.cs("import", path, "--max-file-mb", "1").code == 10
    assert desk.cs("import", path, "--max-file-mb", "2").code == 0


def test_nothing_is_done_without_a_workspace(tmp_path: Path) -> None:
    assert run_cs("import", tmp_path / "x.csv", cwd=tmp_path).code == 2
