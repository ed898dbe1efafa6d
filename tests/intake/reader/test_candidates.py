"""The encodings that are offered for bytes that are not UTF-8: the right one is among them, and nearly always first."""

from __future__ import annotations

import pytest

from cs_cli.intake.reader.candidates import LIKELY, SHOWN, rank, score_of

# language → (encodings that its files come in, names as they stand in lists)
NAMES: dict[str, tuple[str, str]] = {
    "German": ("cp1252 mac-roman", "Müller GmbH,Bäckerei Schäfer,Größe & Söhne,Köln Übersetzungen,Jürgen Weiß AG"),
    "French": ("cp1252 iso8859-15", "Société Générale,Café Crème,L'Oréal Boulangerie,Forêt Noire,Gérard Père & Fils"),
    "Spanish": ("cp1252", "Compañía Española,Jamón Ibérico,Electrónica Núñez,Peñalolén,Café Bogotá"),
    "Portuguese": ("cp1252", "São Paulo Soluções,Construções João,Comércio Três,Informática Conceição,Pão de Açúcar"),
    "Swedish": ("cp1252 mac-roman", "Göteborg Åkeri,Malmö Företag,Sjöström,Ångström Bygg,Västerås Kök"),
    "Danish": ("cp1252", "Ærø Færge,Sønderborg,København Kød,Ålborg Stål,Rødovre Gård"),
    "Dutch": ("cp1252", "Café België,Reünie,Patiënt Zorg,Coöperatie,Financiële Dienst"),
    "Polish": ("cp1250 iso8859-2 cp852", "Zażółć Gęślą,Łódź Usługi,Wójcik Spółka,Kraków Żywność,Księgowość"),
    "Czech": ("cp1250 iso8859-2 cp852", "Příbram Účetnictví,Škoda Auto,Dvořák & Říha,Plzeň Pivo,Žďár Stavby"),
    "Hungarian": ("cp1250", "Győr Építő,Székesfehérvár,Élelmiszer Kft,Fűtéstechnika,Könyvelő Iroda"),
    "Russian": ("cp1251 koi8-r cp866 iso8859-5 mac-cyrillic",
                "ООО Ромашка,Газпром Нефть,Торговый дом Москва,Строительная компания,Яндекс"),
    "Ukrainian": ("cp1251 koi8-u", "ТОВ Україна,Київстар,Львівська пивоварня,Одеса Порт,Харків Їжа"),
    "Bulgarian": ("cp1251", "София Търговия,Пловдив ЕООД,България Ер,Варна Порт,Стара Загора"),
    "Greek": ("cp1253 iso8859-7", "Αθήνα Εμπορική,Ελληνικά Πετρέλαια,Θεσσαλονίκη ΑΕ,Τράπεζα Πειραιώς,Οικοδομική"),
    "Turkish": ("cp1254", "İstanbul Ticaret,Şişecam Sanayi,Güneş İnşaat,Çelik Eşya,Yıldız Gıda"),
    "Hebrew": ("cp1255 iso8859-8", "תל אביב,חברת החשמל,בנק הפועלים,ירושלים שירותים,מכבי"),
    "Arabic": ("cp1256 iso8859-6", "شركة النور,مصرف الراجحي,القاهرة للتجارة,مؤسسة الخليج,البنك الأهلي"),
    "Lithuanian": ("cp1257", "Šiaulių bankas,Žemės ūkis,Vilniaus prekyba Čia,Kauno grūdai ė,Ąžuolas"),
    "Thai": ("cp874", "บริษัท ไทย จำกัด,กรุงเทพ,ธนาคารกสิกร,การบินไทย,ปูนซิเมนต์"),
    "Japanese": ("shift-jis euc-jp", "株式会社テスト,東京電力,日本銀行,トヨタ自動車,任天堂"),
    "Chinese": ("gb18030", "北京科技有限公司,上海银行,中国石油,阿里巴巴,深圳市腾讯"),
    "Taiwanese": ("big5", "台灣積體電路,鴻海精密,中華電信,國泰人壽,統一企業"),
    "Korean": ("euc-kr", "삼성전자,현대자동차,서울은행,네이버 주식회사,카카오"),
}
CASES = [(language, encoding) for language, (encodings, _) in NAMES.items() for encoding in encodings.split()]


def listing(language: str, rows: int) -> str:
    names = NAMES[language][1].split(",")[:rows]
    return "account_id,name,domain\n" + "".join(f"A{n},{name},a{n}.example\n" for n, name in enumerate(names, 1))


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_five_rows_tell_the_encoding(language: str, encoding: str) -> None:
    text = listing(language, 5)
    likely = rank(text.encode(encoding))
    assert any(text.encode(encoding).decode(name) == text for name in likely[0].names), likely
    assert likely[0].cell in text


@pytest.mark.parametrize(("language", "encoding"), CASES)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_right_one_is_offered_whatever_the_length(language: str, encoding: str, rows: int) -> None:
    text = listing(language, rows)
    likely = rank(text.encode(encoding))
    assert len(likely) <= SHOWN
    assert any(one.cell in text and text.encode(encoding).decode(one.names[0]) == text for one in likely), likely


def test_readings_that_are_the_same_are_one_line() -> None:
    likely = rank("A1,Müller\n".encode("cp1252"))
    assert {"cp1252", "cp1254"} <= set(likely[0].names)
    assert len({one.cell for one in likely}) == len(likely)


def test_a_score_says_how_well_bytes_read() -> None:
    data = listing("Russian", 5).encode("koi8-r")
    right, wrong = score_of(data, "koi8-r"), score_of(data, "cp1252")
    assert right is not None and wrong is not None and right > 0.9 and right - wrong > LIKELY
    assert score_of(b"A1,\x81\n", "cp1252") is None  # not a character there
