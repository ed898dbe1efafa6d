"""Eight sheets as strangers keep them, in five languages: the price, the renewal and the owner of every row are right,
or the row is set aside with its reason. Where a column has a name that nobody knows, the printed command reads it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import Cs

Row = tuple[float | None, str | None, str | None]
# name → (currency, sheet, {customer: (ARR, renewal, owner)}, {line: what is said of the row that is set aside}).
# Made by hand for these tests.
SHEETS: dict[str, tuple[str, str, dict[str, Row], dict[int, str]]] = {
    "english: a title, merged headers, a total, two people": (
        "EUR",
        "Customer Success Master List,,,,,,,,\nupdated by Kate,,,,,,,,\n,,Commercials,,,People,,,\n"
        "Account,Website,ARR 2026 (EUR),Renewal,Term,CSM,Champion,Health (RAG),Notes\n"
        'Bright Mills,brightmills.example,"€ 12.600",31/03/2027,12 months,Kate/Sven,Pat Poe,Amber,call them\n'
        "Cobalt Air,cobalt.example,12k,15-Feb-27,24 months,Kate,,G,\n"
        'Dune Retail,,1.2M,"Apr 30, 2027",,sven,,R,\nEcho Labs,echo.example,n/a,tbc,,Kate,,,\n'
        'Fern & Co,fern.example,"3,400.50",1 June 2027,,Sven,,A,\nGrand Total,,"1,228,000.50",,,,,,\n',
        {"Bright Mills": (12600, "2027-03-31", "Kate"), "Cobalt Air": (12000, "2027-02-15", "Kate"),
         "Dune Retail": (1200000, "2027-04-30", "Sven"), "Echo Labs": (None, None, "Kate"),
         "Fern & Co": (3400.5, "2027-06-01", "Sven")}, {},
    ),
    "english: tabs, by the month, a pilot and one that left": (
        "USD",
        "client name\tmonthly fee\tcontract expiry\tresponsible\tAuto-renew?\tseats\tlogins\tStatus\n"
        "Zeta Corp\t$1,000\t2027-01-31\tDana & Lee\tYes\t20\t12\tLive\n"
        "Yolk Inc\t$2.5k\t12/15/2026\tDana\tNo\t5\t3\tLive\n"
        "Xylo\tTBD\t1/20/2027\tLee\t\t\t\tOnboarding\nWren\t0\t\tLee\t\t\t\tPilot\n"
        "Vole\t$99.90\tDec 2026\tDana\tYes\t1\t1\tChurned\n",
        {"Zeta Corp": (12000, "2027-01-31", "Dana"), "Yolk Inc": (30000, "2026-12-15", "Dana"),
         "Xylo": (None, "2027-01-20", "Lee"), "Wren": (0, None, "Lee"), "Vole": (0, None, "Dana")}, {},
    ),
    "german: before tax, T€ and Mio.": (
        "EUR",
        "Kundenübersicht;;;;;;\nStand: 30.06.2026;;;;;;\n"
        "Firma;Jahresbeitrag netto;Vertragslaufzeit bis;Kundenbetreuer/in;Ampelfarbe;Verlängerung automatisch;Notiz\n"
        "Kessel & Söhne;12.600,00 €;31.03.2027;Maria, Jan;gelb;ja;\nLindner KG;12 T€;15.02.27;Jan;grün;nein;\n"
        "Möbel Ort;1,2 Mio. EUR;1. Mai 2027;Maria;rot;ja;\nNordhaus;k. A.;offen;Maria;;;\n"
        "Otto Bau;9.600;30.11.2026;Jan;🟢;nein;\nGesamt;1.246.200;;;;;\n",
        {"Kessel & Söhne": (12600, "2027-03-31", "Maria"), "Lindner KG": (12000, "2027-02-15", "Jan"),
         "Möbel Ort": (1200000, "2027-05-01", "Maria"), "Nordhaus": (None, None, "Maria"),
         "Otto Bau": (9600, "2026-11-30", "Jan")}, {},
    ),
    "french: in thousands, and a total in them": (
        "EUR",
        "Client,ARR (k€),Date de renouvellement,CSM,Météo,Préavis,Commentaires\n"
        'Atelier Bleu,"12,6",31/03/2027,Chloé / Yann,soleil,3 mois,\n'
        'Boulangerie Est,48,15 janv. 2027,Chloé,nuageux,1 mois,\n'
        'Cave Sud,n/c,à confirmer,Yann,orageux,,\nDomaine Or,"1 200",01/12/2026,Yann,ensoleillé,30 jours,\n'
        'Total,"1 260,6",,,,,\n',
        {"Atelier Bleu": (12600, "2027-03-31", "Chloé"), "Boulangerie Est": (48000, "2027-01-15", "Chloé"),
         "Cave Sud": (None, None, "Yann"), "Domaine Or": (1200000, "2026-12-01", "Yann")}, {},
    ),
    "spanish: by the month, three kinds of days": (
        "EUR",
        "Nombre de la empresa;Cuota mensual (€);Vencimiento contrato;Ejecutivo de cuenta;Semáforo;Correo\n"
        "Taller Río;1.050;31/03/2027;Inés y Raúl;verde;luz@rio.example\nUvas Alba;250,50 €;28-feb-2027;Inés;amarillo;\n"
        "Viento SL;por definir;1 de marzo de 2027;Raúl;rojo;\nZapatos Eva;1,2k;2026-12-31;Raúl;verde;\n"
        "TOTAL;2.500,50;;;;\n",
        {"Taller Río": (12600, "2027-03-31", "Inés"), "Uvas Alba": (3006, "2027-02-28", "Inés"),
         "Viento SL": (None, "2027-03-01", "Raúl"), "Zapatos Eva": (14400, "2026-12-31", "Raúl")}, {},
    ),
    "portuguese: mil is a thousand here and a million elsewhere": (
        "BRL",
        "Cliente;Valor anual;Início do contrato;Fim do contrato;Responsável pela conta;Saúde;Renovação automática\n"
        "Areia Ltda;R$ 12.600,00;01/04/2025;31/03/2027;Bia / Caio;verde;sim\n"
        "Barco SA;R$ 12 mil;01/02/2025;15/02/2027;Caio;amarelo;não\n"
        "Casa Mar;1,2 mi;10/01/2024;30 de abril de 2027;Bia;vermelho;sim\nDoce Lar;a definir;;a confirmar;Bia;;\n"
        "Soma;;;;;;\n",
        {"Areia Ltda": (12600, "2027-03-31", "Bia"), "Casa Mar": (1200000, "2027-04-30", "Bia"),
         "Doce Lar": (None, None, "Bia")}, {3: "Valor anual not a number"},
    ),
    "dutch: a price with a name that nobody knows": (
        "EUR",
        "Klantnaam;Jaaromzet (ARR);Contract tot;Klanteigenaar;Stoplicht\n"
        "Appel BV;€ 12.600,-;31-03-2027;Fleur en Daan;oranje\n"
        "Bos & Zn;12K;15 feb. 2027;Daan;groen\nCacao NV;€ 1,2 mln;1-5-2027;Fleur;rood\nDijk;onbekend;nvt;Fleur;\n",
        {"Appel BV": (12600, "2027-03-31", "Fleur"), "Bos & Zn": (12000, "2027-02-15", "Daan"),
         "Cacao NV": (1200000, "2027-05-01", "Fleur"), "Dijk": (None, None, "Fleur")}, {},
    ),
    "french: before tax, by question": (
        "EUR",
        "Société;Contrat annuel HT;Reconduction le;Chargé(e) de compte;NPS;Licences\n"
        "Eau Vive;12 600 €;31.03.2027;Zoé & Léo;9;20\nFoin SA;12 k€;15/02/2027;Léo;6;5\n"
        "Grain;1,2 M€;2027-04-30;Zoé;;100\n"
        "Halle;?;?;Zoé;;\n",
        {"Eau Vive": (12600, "2027-03-31", "Zoé"), "Foin SA": (12000, "2027-02-15", "Léo"),
         "Grain": (1200000, "2027-04-30", "Zoé"), "Halle": (None, None, "Zoé")}, {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_every_row_is_right_or_set_aside(cs: Cs, workspace: Path, name: str) -> None:
    currency, text, expected, aside = SHEETS[name]
    settings = workspace / "cs.yaml"
    settings.write_text(settings.read_text().replace('currency: "USD"', f'currency: "{currency}"'))
    (workspace / "book.csv").write_text(text, encoding="utf-8")
    done = cs("import", "book.csv", cwd=workspace)
    if done.code == 15:
        answer = re.search(r"those to come: (cs import [^;]+);", done.err)
        assert answer is not None and "IMP-263" in done.err, done.err
        done = cs(*shlex.split(answer[1])[1:], cwd=workspace)
    assert done.code == (3 if aside else 0), done.err
    for line, why in aside.items():
        assert f"book.csv:{line} " in done.err and why in done.err, done.err
    rows = cs("accounts", "list", "--all", "-f", "json", cwd=workspace).json
    due = {one["name"]: one["renewal_date"]
           for one in cs("renewals", "list", "--within", "500", "-f", "json", cwd=workspace).json}  # fmt: skip
    assert {one["name"]: (one["arr"], due.get(one["name"]), one["owner"]) for one in rows} == expected
    for customer, (arr, *_) in expected.items():
        if arr is None:
            assert re.search(rf"no price, so ARR unknown: .*{re.escape(customer)}", done.err), done.err


@pytest.mark.parametrize(("header", "cell", "arr"), [
    ("ARR (k€)", "12,6", 12600), ("ARR in T€", "12.6", 12600), ("ARR (TEUR)", "12", 12000), ("ARR ('000)", "12", 12000),
    ("ARR (M€)", "1,2", 1200000), ("ARR (k€)", "12k", 12000), ("ARR (EUR)", "12600", 12600),
])  # fmt: skip
def test_what_a_header_says_that_amounts_are_written_in(
    cs: Cs, workspace: Path, header: str, cell: str, arr: float
) -> None:
    settings = workspace / "cs.yaml"
    settings.write_text(settings.read_text().replace('currency: "USD"', 'currency: "EUR"'))
    (workspace / "book.csv").write_text(f"Customer;{header};CSM\nAlpha;{cell};Ann\n", encoding="utf-8")
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and ("is written in" in done.err) == ("EUR)" not in header or "TEUR" in header), done.err
    assert cs("accounts", "list", "-f", "json", cwd=workspace).json[0]["arr"] == arr


def test_an_answer_does_not_lose_what_amounts_are_written_in(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text("Customer;Yearly turnover with us (k$);CSM\nAlpha;12.6;Ann\nBeta;3;Ann\n")
    told = cs("import", "book.csv", "--rename", "Yearly turnover with us (k$)=ARR", cwd=workspace)
    assert told.code == 0 and "is written in thousands" in told.err, told.err
    assert cs("accounts", "list", "-f", "json", cwd=workspace).json[0]["arr"] == 12600
    later = (workspace / "book.csv").read_text().replace("12.6", "13")
    (workspace / "later.csv").write_text(later)
    assert cs("import", "later.csv", cwd=workspace).code == 0
    assert cs("accounts", "list", "-f", "json", cwd=workspace).json[0]["arr"] == 13000
