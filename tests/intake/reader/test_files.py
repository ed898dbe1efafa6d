"""File faults: what is refused whole, with which ident, and what is said about the place."""

import gzip
import io
import os
import zipfile

import pytest

from cs_cli.base.errors import InputRefused, UsageError
from cs_cli.intake.reader import ReadOptions, Table, open_table
from cs_cli.intake.reader import files as reader_files

GOOD = b"id,name,mrr\n1,Acme,10\n2,Beta,20\n"


def read(
    data: bytes, name: str = "x.csv", **options: object
) -> tuple[Table, list[tuple[int, int, list[str]]]]:
    table = open_table(None, name=name, data=data, options=ReadOptions(**options))
    return table, list(table.rows())


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def with_link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link.csv")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def encrypted() -> bytes:
    data = bytearray(zipped(("a.csv", GOOD)))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


MANY = b"id,name\n" + b"".join(b"%d,A\n" % i for i in range(2000))
PACKED = gzip.compress(MANY)

REFUSED = [
    ("A4 empty", "x.csv", b"", {}, "IMP-004"),
    ("A5 only a BOM", "x.csv", b"\xef\xbb\xbf", {}, "IMP-004"),
    ("A5 only newlines", "x.csv", b"\n\r\n\n", {}, "IMP-004"),
    ("A5 only spaces", "x.csv", b"   \n  ", {}, "IMP-004"),
    ("A6 header only", "x.csv", b"id,name\n", {}, "IMP-006"),
    ("A9 UTF-16 without BOM", "x.csv", GOOD.decode().encode("utf-16-le"), {}, "IMP-020"),
    ("A9 big endian", "x.csv", GOOD.decode().encode("utf-16-be"), {}, "IMP-020"),
    ("A10 cp1252", "x.csv", b"id,name\n1,Caf\xe9\n2,\x93q\x94\n", {}, "IMP-012"),
    ("A13 cut character", "x.csv", b"id,name\n1,Caf\xc3", {}, "IMP-013"),
    ("A14 ends inside quotes", "x.csv", b'id,name\n1,"Acme\n2,Beta\n', {}, "IMP-040"),
    ("A16 last line short", "x.csv", b"id,name,mrr\n1,Acme,10\n2,Be", {}, "IMP-035"),
    ("A17 binary", "x.csv", b"id,name\n" + b"1,\0\0\0\n" * 50, {"encoding": "utf-8"}, "IMP-021"),
    ("A18 HTML", "x.csv", b"\n<!DOCTYPE html><html><body>Sign in</body></html>", {}, "IMP-008"),
    ("A18 PDF", "x.csv", b"%PDF-1.7\n1,2,3\n", {}, "IMP-008"),
    ("A18 old Excel", "x.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), {}, "IMP-008"),
    ("A18 zip", "x.csv", zipped(("a.csv", GOOD)), {}, "IMP-008"),
    ("A18 workbook", "x.csv", zipped(("xl/workbook.xml", b"<x/>")), {}, "IMP-008"),
    ("A18 gz", "x.csv", PACKED, {}, "IMP-008"),
    ("A18 JSON", "x.csv", b'[{"id": 1}]', {}, "IMP-008"),
    ("A18 text called gz", "x.csv.gz", GOOD, {}, "IMP-008"),
    ("A19 bomb", "x.csv.gz", gzip.compress(b"id,name\n" + b"1,A\n" * 6_000_000), {}, "IMP-016"),
    ("A20 cut gz", "x.csv.gz", PACKED[:-4], {}, "IMP-014"),
    ("A20 no trailer", "x.csv.gz", PACKED[:-8], {}, "IMP-014"),
    ("A20 wrong CRC", "x.csv.gz", PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], {}, "IMP-015"),
    ("A20 junk behind", "x.csv.gz", PACKED + b"junk", {}, "IMP-015"),
    ("A20 cut zip", "x.zip", zipped(("a.csv", GOOD))[:-30], {}, "IMP-015"),
    ("A21 outside", "x.zip", zipped(("../x.csv", GOOD)), {}, "IMP-018"),
    ("A21 absolute", "x.zip", zipped(("/etc/x.csv", GOOD)), {}, "IMP-018"),
    ("A21 link", "x.zip", with_link(), {}, "IMP-018"),
    ("A21 two files", "x.zip", zipped(("a.csv", GOOD), ("b.csv", GOOD)), {}, "IMP-017"),
    ("A21 none", "x.zip", zipped(("folder/", b"")), {}, "IMP-017"),
    ("A21 encrypted", "x.zip", encrypted(), {}, "IMP-019"),
    ("A21 zip in a zip", "x.zip", zipped(("a.csv", zipped(("b.csv", GOOD)))), {}, "IMP-008"),
    ("A22 over the limit", "x.csv", b"id,name\n" + b"1,Acme\n" * 200_000, {"max_file_mb": 1}, "IMP-010"),
    ("A23 long line", "x.csv", b"id,name\n1," + b"x" * 3_000_000 + b"\n", {}, "IMP-023"),
    (
        "A25 many columns",
        "x.csv",
        b",".join(b"c%d" % i for i in range(1001)) + b"\n" + b"a," * 1000 + b"\n",
        {},
        "IMP-026",
    ),
    ("A31 one page of three", "x.csv", GOOD + b"Page 1 of 3,,\n", {}, "IMP-034"),
    ("A32 two tables", "x.csv", GOOD + b"\nplan,count\nPro,3\n", {}, "IMP-033"),
    ("B1 tie", "x.csv", b"a;b,c\n1;2,3\n4;5,6\n", {}, "IMP-025"),
    ("B12 single quotes", "x.csv", b"'id','name'\n'1','A, B'\n", {}, "IMP-028"),
    ("B21 no header", "x.csv", b"1,ann@acme.com,2026-01-05\n2,bob@beta.com,2026-01-06\n", {}, "IMP-029"),
    (
        "B23 two headers",
        "x.csv",
        b"Company,,Contract\nId,Name,Start\n1,A,2026-01-01\n2,B,2026-01-02\n",
        {},
        "IMP-030",
    ),
    ("header of another width", "x.csv", b"a,b,c,d,e\n1,x,y\n2,x,y\n3,x,y\n", {}, "IMP-027"),
    ("unknown encoding", "x.csv", GOOD, {"encoding": "cp125"}, "IMP-022"),
    ("bad delimiter", "x.csv", GOOD, {"delimiter": "::"}, "IMP-024"),
]


@pytest.mark.parametrize(
    ("name", "data", "options", "ident"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused_whole(name: str, data: bytes, options: dict[str, object], ident: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read(data, name, **options)
    fault = caught.value.faults[0]
    assert (fault.ident, fault.file, caught.value.code) == (ident, name, 10)


def test_wrong_bytes_are_placed_and_an_encoding_is_suggested() -> None:
    with pytest.raises(InputRefused) as caught:
        read(b"id,name\n1,Caf\xe9\n2,ok\n3,\x93q\x94\n")
    fault = caught.value.faults[0]
    assert fault.line == 2
    assert "0xE9" in fault.what
    assert "offset 13" in fault.what
    assert "2 lines" in fault.what
    assert "cp1252" in (caught.value.next or fault.next or "")


def test_paths(tmp_path: object) -> None:
    folder = str(tmp_path)
    good = os.path.join(folder, "hubspot.csv")
    with open(good, "wb") as stream:
        stream.write(GOOD)
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    loop = os.path.join(folder, "loop")
    os.symlink(loop, loop)
    for path, ident in (
        (folder, "IMP-002"),
        (fifo, "IMP-002"),
        ("/dev/zero", "IMP-002"),
        (loop, "IMP-002"),
        (os.path.join(folder, "hubpsot.csv"), "IMP-001"),
    ):
        with pytest.raises(InputRefused) as caught:
            open_table(reader_files.Path(path), name=path, options=ReadOptions())
        assert caught.value.faults[0].ident == ident
    assert "hubspot.csv" in caught.value.faults[0].what
    table = open_table(reader_files.Path(good), name=good, options=ReadOptions())
    assert len(list(table.rows())) == 2
    assert table.size == len(GOOD)
    with open(good, "ab") as stream:
        stream.write(b"3,C,30\n")
    with pytest.raises(InputRefused) as caught:
        list(table.rows())
    assert caught.value.faults[0].ident == "IMP-009"


def test_stdin_that_is_a_terminal_or_empty_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (None, io.TextIOWrapper(io.BytesIO(b""))):
        monkeypatch.setattr("sys.stdin", stream)
        with pytest.raises(UsageError) as caught:
            open_table(None, name="-", options=ReadOptions())
        assert caught.value.code == 2
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOOD)))
    table = open_table(None, name="-", options=ReadOptions())
    assert list(table.rows()) == list(table.rows())
    assert len(list(table.rows())) == 2


ACCEPTED = [
    ("A7 BOM", "x.csv", b"\xef\xbb\xbf" + GOOD, {}),
    ("A8 UTF-16 LE", "x.csv", GOOD.decode().encode("utf-16"), {}),
    ("A8 UTF-16 BE", "x.csv", b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), {}),
    ("A15 no last line end", "x.csv", GOOD[:-1], {}),
    ("A20 gz", "x.csv.gz", gzip.compress(GOOD), {}),
    ("A21 zip", "x.zip", zipped(("a.csv", GOOD)), {}),
    ("B1 semicolon", "x.csv", GOOD.replace(b",", b";"), {}),
    ("B1 tab", "x.tsv", GOOD.replace(b",", b"\t"), {}),
    ("B1 pipe", "x.csv", GOOD.replace(b",", b"|"), {}),
    ("B1 told", "x.csv", GOOD.replace(b",", b":"), {"delimiter": ":"}),
    ("B2 comma and blank", "x.csv", b'id, name, mrr\n1, "Acme", 10\n2, Beta, 20\n', {}),
    ("B3 sep=", "x.csv", b"sep=;\r\n" + GOOD.replace(b",", b";"), {}),
    ("B4 CR only", "x.csv", GOOD.replace(b"\n", b"\r"), {}),
    ("B4 CRLF and LF", "x.csv", GOOD.replace(b"\n", b"\r\n", 1), {}),
    ("B8 trailing comma", "x.csv", b"id,name,mrr\n1,Acme,10,\n2,Beta,20,\n", {}),
    ("B12 told", "x.csv", b"'id','name','mrr'\n'1','Acme','10'\n'2','Beta','20'\n", {"quote": "'"}),
    ("B22 header again", "x.csv", GOOD.replace(b"2,B", b"id,name,mrr\n2,B"), {}),
    ("B24 blank rows", "x.csv", b"id,name,mrr\n\n1,Acme,10\n,,\n2,Beta,20\n\n", {}),
    ("A30 preamble", "x.csv", b"Accounts\nExported by Ann on 2026-11-01\n\n" + GOOD, {}),
    ("A30 told", "x.csv", b"a,b,c\nq\n" + GOOD, {"skip": 2}),
    ("A31 total", "x.csv", GOOD + b"Total,,30\n", {}),
    (
        "A31 closing lines",
        "x.csv",
        GOOD + b'\n"Copyright (c) 2026 someone"\n"Confidential Information"\n"Acme BV"\n',
        {},
    ),
]


@pytest.mark.parametrize(
    ("name", "data", "options"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED]
)
def test_accepted_as_the_same_table(name: str, data: bytes, options: dict[str, object]) -> None:
    table, rows = read(data, name, **options)
    assert table.headers == ["id", "name", "mrr"]
    assert [cells for _, _, cells in rows] == [["1", "Acme", "10"], ["2", "Beta", "20"]]
    assert [record for _, record, _ in rows] == [1, 2]
    assert table.set_aside == []


def test_header_only_may_be_allowed() -> None:
    assert read(b"id,name\n", allow_empty=True)[1] == []


def test_what_stands_above_and_below_is_kept() -> None:
    table, _ = read(b"Accounts\nExported on 2026-11-01\n\n" + GOOD + b"Total,,30\n")
    assert table.preamble == ["Accounts", "Exported on 2026-11-01"]
    assert str(table.as_of) == "2026-11-01"
    assert table.header_line == 4
    assert table.controls == {"mrr": "30"}
    assert [(row.line, row.raw, row.ident) for row in table.footers] == [(7, b"Total,,30\n", "IMP-047")]


def test_a_header_below_a_preamble_is_found_by_its_names() -> None:
    table, rows = read(b"x,y,z\n" + GOOD, expect_headers=(("mrr", "ID"),))
    assert table.header_line == 2
    assert len(rows) == 2


def test_double_encoded_text_is_said_and_kept() -> None:
    data = "id,name\n1,Café\n".encode().decode("cp1252").encode()
    table, rows = read(data)
    assert rows[0][2][1] == "CafÃ©"
    assert any("double-encoded" in note and "CafÃ©" in note for note in table.notes)


@pytest.mark.parametrize(
    ("mark", "shown"), [("^", "'^'"), (":", ":"), ("~", "'~'"), ("\x1f", "$'\\x1f'")],
    ids=["caret", "colon", "tilde", "unit separator"],
)
def test_an_unusual_delimiter_is_named_in_the_hint(mark: str, shown: str) -> None:
    text = mark.join(["id", "name", "seen"]) + "\n" + mark.join(["1", "Alpha, Inc", "2026-01-01"]) + "\n"
    with pytest.raises(InputRefused) as asked:
        open_table(None, name="x.csv", data=text.encode(), options=ReadOptions())
    assert asked.value.faults[0].ident == "IMP-037"
    assert asked.value.next == f"pass --delimiter {shown}"
    assert open_table(None, name="x.csv", data=text.encode(), options=ReadOptions(delimiter=mark)).headers[1] == "name"


def test_times_are_no_delimiters() -> None:
    table = open_table(None, name="x.csv", data=b"seen\n10:30:00\n11:45:00\n", options=ReadOptions())
    assert table.headers == ["seen"]
