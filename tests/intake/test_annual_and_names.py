"""Annual amounts to the cent, and names and domains as they are compared."""

from __future__ import annotations

import pytest

from cs_cli.base.domains import ascii_domain
from cs_cli.intake.annual import annual_amount
from cs_cli.intake.catalogue import shipped_sources
from cs_cli.intake.names import (
    company_domain,
    core_name,
    mail_domain,
    plain_address,
    plain_domain,
    plain_name,
)
from cs_cli.intake.recognise import recognise


def annual(**given: object) -> int | None:
    empty: dict[str, object] = dict.fromkeys(
        ("mrr", "amount", "quantity", "interval", "interval_count", "discount", "status", "trial")
    )
    return annual_amount(**(empty | given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "arr"),
    [
        ({"amount": 5000, "quantity": 10.0, "interval": "month"}, 600_000),
        ({"amount": 5000, "quantity": 10.0, "interval": "month", "discount": 0.1}, 540_000),
        ({"amount": 9900, "interval": "quarter"}, 39_600),
        ({"amount": 120_000, "interval": "year", "interval_count": 3}, 40_000),
        ({"amount": 100, "interval": "week"}, 5_200),
        ({"amount": 100, "interval": "day"}, 36_500),
        ({"amount": 100, "interval": "year", "interval_count": 3}, 33),
        ({"amount": 105, "quantity": 0.5, "interval": "year"}, 53),
        ({"mrr": 1234, "amount": 999_999}, 14_808),
        ({"mrr": 1234, "status": "trialing"}, 0),
        ({"mrr": 1234, "trial": 1}, 0),
        ({"mrr": 1234, "status": "Paused"}, 0),
        ({"amount": 100, "status": "incomplete_expired"}, 0),
        ({"amount": 100, "status": "canceled"}, 1_200),
        ({"quantity": 3.0}, None),
        ({"amount": 100, "interval": "fortnight"}, None),
    ],
)
def test_annual_amount(given: dict[str, object], arr: int | None) -> None:
    assert annual(**given) == arr


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("Acme, Inc.", "acme"), ("ACME GmbH", "acme"), ("Acme B.V.", "acme"), ("The Acme Company Ltd", "acme"),
        ("A&B Foods SAS", "a b foods"), ("Ｇｌｏｂｅｘ", "globex"), ("Inc", "inc"), ("Müller AG", "muller"),
        ("Acme Holdings", "acme"), ("Acme Group", "acme"),
    ],
)
def test_core_name(name: str, core: str) -> None:
    assert core_name(name) == core


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Acme, Inc.", "ACME  Inc"), ("Café Zoë", "CAFE ZOE"), ("A&B", "A & B"), ("Straße", "STRASSE"),
        ("Zoe\u0308", "Zoë"), ("Ёлка", "елка"), ("Αθήνα", "ΑΘΗΝΑ"), ("مُحَمَّد", "محمد"), ("محـمد", "محمد"),
        ("שָׁלוֹם", "שלום"), ("Ｇｌｏｂｅｘ", "globex"), ("A\u200bcme", "acme"), ("İzmir", "izmir"),
    ],
)
def test_names_equal_but_for_case_spaces_and_accents(one: str, two: str) -> None:
    assert plain_name(one) == plain_name(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Acme Inc", "Acme GmbH"), ("Acme", "Acme Group"), ("Acme", "Acme Holding"), ("Acme", "The Acme Company"),
        ("Canal+", "Canal"), ("A&B", "A B"), ("Yahoo!", "Yahoo"), ("कमल", "कमाल"), ("तमिल", "तामील"), ("நடன", "நாடன"),
        ("มานี", "มานะ"), ("කමල", "කමල්"), ("かき", "がき"), ("Мой", "Мои"), ("Їжа", "Іжа"), ("ကမ", "ကိမ"),
    ],
)
def test_names_that_differ_stay_apart(one: str, two: str) -> None:
    assert plain_name(one) != plain_name(two)


def test_ordinary_hindi_words_do_not_collide() -> None:
    # consonants k and l with every pair of vowel signs: none of these words is another one
    signs = ["", "\u093e", "\u093f", "\u0940", "\u0941", "\u0942", "\u0947", "\u0948", "\u094b", "\u094c"]
    words = [f"\u0915{one}\u0932{two}" for one in signs for two in signs]
    assert len({plain_name(word) for word in words}) == len(words)


def test_domains() -> None:
    assert plain_domain("https://www.Acme.com/about?x=1") == "acme.com"
    assert plain_domain("Acme") is None
    assert mail_domain("Ann@Acme.COM") == "acme.com"
    assert mail_domain("ann@gmail.com") is None
    assert company_domain("https://members.bigpond.com/acme") is None


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("straße.example", "xn--strae-oqa.example"), ("STRASSE.example", "strasse.example"),
        ("bücher.example", "xn--bcher-kva.example"), ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"), ("i❤.ws", "xn--i-7iq.ws"),
        ("पाठ.example", "xn--d2bt4d.example"),
        ("xn--zz.example", "xn--zz.example"), ("xn--.example", "xn--.example"), ("ｅxample.com", "example.com"),
    ],
)
def test_one_domain_has_one_spelling(written: str, compared: str) -> None:
    assert ascii_domain(written) == compared
    assert ascii_domain(compared) == compared
    assert plain_domain(f"https://www.{written}/x") == compared
    assert plain_address(f"Ann@{written}") == f"ann@{compared}"


@pytest.mark.parametrize(
    "domain",
    [
        "bigpond.com", "uol.com.br", "ziggo.nl", "virginmedia.com", "att.net", "comcast.net", "t-online.de",
        "orange.fr",
        "libero.it", "telenet.be", "hispeed.ch", "docomo.ne.jp", "naver.com", "telkomsa.net", "xtra.co.nz",
        "yahoo.co.th", "nc.rr.com",
        "hotmail.be", "seznam.cz", "abv.bg", "shaw.ca", "centurylink.net", "proton.me", "hey.com", "Gmail.com",
    ],
)
def test_providers_are_no_companies(domain: str) -> None:
    assert mail_domain(f"someone@{domain}") is None
    assert company_domain(domain) is None


@pytest.mark.parametrize("domain", ["acme.com", "stripe.com", "yahoo.acme.com", "mit.edu", "aol.systems"])
def test_companies_are_no_providers(domain: str) -> None:
    assert mail_domain(f"someone@{domain}") == domain


HEADERS = {
    "hubspot_companies": [
        "Record ID,Company name,Company owner,Create Date,Phone Number,Last Activity Date,City,Country/Region",
        "ID de registro,Nombre de la empresa,Nombre de dominio de la empresa,Dominios adicionales,Ciudad",
    ],
    "hubspot_contacts": [
        "Record ID,First Name,Last Name,Email,Phone Number,Lead Status,Create Date,Associated Company",
        "ID de registro,Nombre,Apellidos,Correo,Cargo,Ciudad,Última actividad,Associated Company IDs (Primary)",
        "Record ID - Contact,First Name,Last Name,Email,Record ID - Company,Company name",
    ],
    "hubspot_deals": ["Record ID,Deal Name,Pipeline,Deal Stage,Amount,Close Date,Associated Company IDs (Primary)"],
    "stripe_customers": [
        "id,Description,Email,Name,Created (UTC),Card ID,Total Spend,Payment Count,Refunded Volume",
        "id,Description,Email,Name,Created (UTC),Delinquent,Plan,Status,Currency,Total Spend,Payment Count",
    ],
    "stripe_subscriptions": [
        "id,Customer ID,Plan,Quantity,Currency,Interval,Amount,Status,Start (UTC),Current Period End (UTC)",
    ],
    "stripe_invoices": ["id,Amount Due,Closed,Currency,Customer,Date (UTC),Due Date (UTC),Number,Total,Status"],
    "stripe_payments": [
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Status,Customer ID,Customer Email",
        "id,Description,Created (UTC),Amount,Currency,Status,Customer ID,Customer Description,Captured",
    ],
    "zendesk_tickets": ["Summation column,Id,Requester,Requester email,Subject,Tags,Status,Priority,Created at"],
    "delighted": ["id,person,survey_type,score,comment,permalink,created_at,updated_at,person_properties,tags"],
    "nps_plain": ["Email,Score,Comment,Date"],
    "typeform_nps": ["#,nps,email,Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Tags"],
}


@pytest.mark.parametrize(("source", "line"), [(name, line) for name, lines in HEADERS.items() for line in lines])
def test_each_export_is_claimed_by_one_source(source: str, line: str) -> None:
    assert recognise(line.split(","), shipped_sources(), None, "x.csv").source == source
