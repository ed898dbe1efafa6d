"""Files that are not UTF-8: refused with one cell under each likely encoding, chosen once by a person, remembered."""

from __future__ import annotations

import contextlib
import gzip
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import Cs, Result
from tests.refusals import nothing_changes, refused

RUSSIAN = ("ООО Ромашка", "Завод Строитель", "Северсталь", "Торговый дом Москва", "Сбербанк")
NAMES = {
    "cp1251": RUSSIAN, "koi8-r": RUSSIAN, "cp866": RUSSIAN, "mac-cyrillic": RUSSIAN, "iso8859-5": RUSSIAN,
    "cp1253": ("Αθήνα Εμπορική", "Ελληνικά Πετρέλαια", "Θεσσαλονίκη ΑΕ", "Τράπεζα Πειραιώς", "Οικοδομική"),
    "cp1254": ("İstanbul Ticaret", "Şişecam Sanayi", "Güneş İnşaat", "Çelik Eşya", "Yıldız Gıda"),
    "cp1255": ("תל אביב", "חברת החשמל", "בנק הפועלים", "ירושלים שירותים", "מכבי"),
    "cp1256": ("شركة النور", "مصرف الراجحي", "القاهرة للتجارة", "مؤسسة الخليج", "البنك الأهلي"),
    "cp1250": ("Zażółć Gęślą", "Łódź Usługi", "Wójcik Spółka", "Kraków Żywność", "Księgowość"),
    "cp874": ("บริษัท ไทย จำกัด", "กรุงเทพ", "ธนาคารกสิกร", "การบินไทย", "ปูนซิเมนต์"),
    "cp1252": ("Müller GmbH", "Bäckerei Schäfer", "Größe & Söhne", "Köln Übersetzungen", "Jürgen Weiß AG"),
    "mac-roman": ("Müller GmbH", "Bäckerei Schäfer", "Größe & Söhne", "Köln Übersetzungen", "Jürgen Weiß AG"),
}


def put(desk: Path, names: tuple[str, ...], encoding: str, file: str = "accounts.csv", start: int = 1) -> Path:
    rows = [f"A{n},{name},firm{n}.example" for n, name in enumerate(names, start)]
    path = desk / "exports" / file
    path.write_bytes(("\n".join(["account_id,name,domain", *rows]) + "\n").encode(encoding))
    return path


def bring(cs: Cs, desk: Path, *words: object) -> Result:
    return cs("-w", desk, "import", *words)


def names(cs: Cs, desk: Path) -> list[str]:
    return [row["name"] for row in cs("-w", desk, "accounts", "list", "--all", "-f", "json").json]


@pytest.mark.parametrize("encoding", NAMES)
def test_the_hint_shows_the_cell_as_it_should_read_and_following_it_is_right(
    cs: Cs, workspace: Path, encoding: str
) -> None:
    path = put(workspace, NAMES[encoding], encoding)
    with nothing_changes(workspace):
        done = bring(cs, workspace, path)
        refused(done, "IMP-012", "accounts.csv:2", "5 lines are like this", "then remembered for the source")
    first = next(line.split(maxsplit=1) for line in done.err.splitlines() if line.startswith("    "))
    called, cell = first[0].rstrip(","), done.err.splitlines()[2].split("  ")[-1].strip()
    assert cell in NAMES[encoding]
    assert f"--encoding {called}" in done.err
    taken = bring(cs, workspace, path, "--encoding", called)
    assert taken.code == 0, taken.err
    assert sorted(names(cs, workspace)) == sorted(NAMES[encoding])


def test_utf8_is_utf8_whatever_an_option_says(cs: Cs, workspace: Path) -> None:
    old = put(workspace, RUSSIAN, "cp1251")
    new = workspace / "exports" / "contacts.csv"
    new.write_text("contact_id,account_id,name,email\nC1,A1,Jürgen Weiß,j@firm1.example\n", encoding="utf-8")
    plain = workspace / "exports" / "contracts.csv"
    plain.write_text("contract_id,account_id,start,end,amount\nK1,A1,2026-01-01,2026-12-31,100\n")
    done = bring(cs, workspace, old, new, plain, "--encoding", "cp1251")
    assert done.code == 0, done.err
    assert "read as cp1251: ООО Ромашка" in done.err
    assert "read as UTF-8, not as cp1251: all of its bytes are valid UTF-8" in done.err
    assert set(names(cs, workspace)) == set(RUSSIAN)
    assert cs("-w", workspace, "contacts", "list", "A1", "-f", "json").json[0]["name"] == "Jürgen Weiß"
    # only the file whose bytes were read so proves the encoding of its source
    later = workspace / "exports" / "contacts-2.csv"
    later.write_bytes("contact_id,account_id,name,email\nC1,A1,Юрий,j@firm1.example\n".encode("cp1251"))
    refused(bring(cs, workspace, later), "IMP-012")


@pytest.mark.parametrize("asked", ["cp1251", "koi8-r", "gb18030", "shift-jis", "utf-16", "utf-16-be", "mac-roman"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_no_option_ruins_a_utf8_file(cs: Cs, workspace: Path, asked: str, mark: bytes) -> None:
    path = put(workspace, ("Café Zürich", "Łódź", "Москва"), "utf-8")
    path.write_bytes(mark + path.read_bytes())
    done = bring(cs, workspace, path, "--encoding", asked)
    assert done.code == 0, done.err
    assert f"read as UTF-8, {'whose mark it bears, ' if mark else ''}not as {asked}" in done.err
    assert set(names(cs, workspace)) == {"Café Zürich", "Łódź", "Москва"}


def test_the_first_confirmed_import_settles_it_for_the_source(cs: Cs, workspace: Path) -> None:
    assert bring(cs, workspace, put(workspace, RUSSIAN, "cp1251"), "--encoding", "cp1251").code == 0
    later = put(workspace, (*RUSSIAN, "Новая Фирма"), "cp1251", "accounts-2.csv")
    done = bring(cs, workspace, later)
    assert done.code == 0, done.err
    assert "cp1251, as in import #1 (accounts.csv)" in done.err
    assert "Новая Фирма" in names(cs, workspace)
    # the folder of cron holds the first file too, and no option any more
    again = bring(cs, workspace, workspace / "exports" / "accounts.csv")
    assert again.code == 0 and "already imported as #1" in again.err, again.err
    # a dry run of another source's file proves nothing, and undo forgets
    assert cs("-w", workspace, "imports", "undo", "2").code == 0
    assert cs("-w", workspace, "imports", "undo", "1").code == 0
    refused(bring(cs, workspace, later), "IMP-012", "cp1251")
    assert cs("-w", workspace, "imports", "undo", "4").code == 0  # undo of the undo: known again
    assert bring(cs, workspace, later).code == 0


def test_a_dry_run_confirms_nothing(cs: Cs, workspace: Path) -> None:
    path = put(workspace, RUSSIAN, "cp1251")
    assert bring(cs, workspace, path, "--encoding", "cp1251", "--dry-run").code == 0
    refused(bring(cs, workspace, path), "IMP-012")


def test_a_file_in_another_encoding_than_until_now_is_a_question(cs: Cs, workspace: Path) -> None:
    assert bring(cs, workspace, put(workspace, RUSSIAN, "cp1251"), "--encoding", "cp1251").code == 0
    koi = put(workspace, (*RUSSIAN, "Новая Фирма"), "koi8-r", "accounts-2.csv")
    with nothing_changes(workspace):
        refused(bring(cs, workspace, koi), "IMP-115", "cp1251 (in import #1 (accounts.csv))", "Сбербанк", "koi8-r")
    assert bring(cs, workspace, koi, "--encoding", "koi8-r").code == 0
    assert "Новая Фирма" in names(cs, workspace)
    more = put(workspace, (*RUSSIAN, "Новая Фирма", "Третья Фирма"), "koi8-r", "accounts-3.csv")
    assert bring(cs, workspace, more).code == 0  # the newest word holds
    assert "Третья Фирма" in names(cs, workspace)


def test_a_source_says_its_encoding(cs: Cs, workspace: Path) -> None:
    (workspace / "sources" / "crm1c.yaml").write_text(
        "source: crm1c\nsystem: crm1c\nkind: account\nclaims: [Код, Имя]\nencoding: cp1251\nkey: [Код]\n"
        "account: {own: true}\ncolumns:\n  name: {from: [Имя]}\n", encoding="utf-8",
    )
    path = workspace / "exports" / "1c.csv"
    path.write_bytes("Код;Имя\n1;Ромашка\n2;Сбербанк\n".encode("cp1251"))
    done = bring(cs, workspace, path)
    assert done.code == 0, done.err
    assert "cp1251, as its source crm1c says" in done.err
    assert set(names(cs, workspace)) == {"Ромашка", "Сбербанк"}
    shown = cs("-w", workspace, "sources", "check", path)
    assert shown.code == 0 and "Ромашка" in shown.out
    path.write_text("Код;Имя\n1;Ромашка\n2;Сбербанк\n3;Новая\n", encoding="utf-8")
    plain = bring(cs, workspace, path)
    assert plain.code == 0 and "read as UTF-8, not as cp1251" in plain.err
    assert "Новая" in names(cs, workspace)
    yaml = workspace / "sources" / "crm1c.yaml"
    yaml.write_text(yaml.read_text(encoding="utf-8").replace("cp1251", "cp9999"), encoding="utf-8")
    wrong = bring(cs, workspace, path)
    assert wrong.code == 12 and "cp9999" in wrong.err and "is the name of no encoding" in wrong.err


def test_stdin_and_gzip_are_read_as_remembered(cs: Cs, workspace: Path) -> None:
    assert bring(cs, workspace, put(workspace, RUSSIAN, "cp1251"), "--encoding", "cp1251").code == 0
    data = put(workspace, (*RUSSIAN, "Новая Фирма"), "cp1251", "accounts-2.csv").read_bytes()
    piped = cs("-w", workspace, "import", "-", stdin=data)
    assert piped.code == 0, piped.err
    assert "Новая Фирма" in names(cs, workspace)
    packed = workspace / "exports" / "accounts-3.csv.gz"
    packed.write_bytes(gzip.compress(data.replace("Новая".encode("cp1251"), "Вторая".encode("cp1251"))))
    assert bring(cs, workspace, packed).code == 0
    assert "Вторая Фирма" in names(cs, workspace)


def test_rejects_are_read_in_the_encoding_of_their_export(cs: Cs, workspace: Path) -> None:
    head = "subscription_id,account_id,plan,amount,started_on"
    path = workspace / "exports" / "subs.csv"
    path.write_bytes(f"{head}\nS1,A1,Базовый,10.00,2026-01-01\n".encode("cp1251"))
    assert bring(cs, workspace, path, "--encoding", "cp1251").code == 0
    path.write_bytes(f"{head}\nS1,A1,Базовый,10.00,2026-01-01\nS2,A1,Полный,1x,2026-01-01\n".encode("cp1251"))
    assert bring(cs, workspace, path, "--yes").code == 3
    aside = next((workspace / "rejects").glob("[0-9].csv"))
    aside.write_bytes(aside.read_bytes().replace(b"1x", b"12"))
    fixed = bring(cs, workspace, aside, "--yes")
    assert fixed.code == 0, fixed.err
    with contextlib.closing(sqlite3.connect(workspace / "cs.db")) as conn:
        plans = conn.execute("SELECT plan FROM subscription WHERE retired_by IS NULL ORDER BY key").fetchall()
    assert plans == [("Базовый",), ("Полный",)]


def test_a_draft_keeps_the_encoding_it_was_read_in(cs: Cs, workspace: Path) -> None:
    path = workspace / "exports" / "kunden.csv"
    path.write_bytes("Kunden-Nr;Firma;Ort\n1;Müller;Köln\n2;Groß;Düren\n".encode("cp1252"))
    drafted = cs("-w", workspace, "sources", "new", path, "--kind", "account", "--encoding", "cp1252")
    assert drafted.code == 0, drafted.err
    assert "encoding: cp1252" in drafted.out
