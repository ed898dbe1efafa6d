"""The stories: what happens to whom, on fixed days that a mood alone cannot say.

README.md tells each of them in words. TODAY is the day of the first set of exports,
NEXT that of the second.
"""

from __future__ import annotations

TODAY = "2026-06-30"
NEXT = "2026-07-31"
FIRST_DAY = "2025-01-01"

# second subscriptions: expansions and contractions (plan, quantity, price of one a year, from, to)
ADD_ONS: dict[str, list[tuple[str, int, int, str, str | None]]] = {
    "Brightwater Clinics": [("insights-addon-yearly", 1, 21600, "2026-03-02", None)],
    "Meridian Orchards": [("insights-addon-yearly", 1, 18000, "2025-09-15", None)],
    "Palisade Security": [("extra-seats-yearly", 14, 780, "2026-04-20", None)],
    "Pixelmoor": [("extra-seats-yearly", 10, 588, "2025-10-06", None)],
    "Solenne Insurance": [("audit-pack-yearly", 1, 9600, "2025-11-10", None)],
    "Corvid Games": [("insights-addon-yearly", 1, 5400, "2025-06-09", "2026-06-09")],
    "Harrowgate Travel": [("extra-seats-yearly", 12, 780, "2025-07-07", "2026-03-07")],
}

# seats that change on a running subscription, visible to a re-import only
SEAT_CHANGES = {"Brightwater Clinics": ("2026-07-09", 150), "Driftwood Digital": ("2026-07-20", 11)}

# churned, and came back: ended on, began again on, seats
CAME_BACK = {"Quillstone Press": ("2025-09-30", "2026-03-16", 20)}

# asked for on, subscription runs until
CANCEL_REQUESTS = {"Lindenwood School Trust": ("2026-06-24", "2026-08-15")}

# invoices not paid when due: issued on, due on, paid on (None: never)
LATE_INVOICES = {
    "Copperline Studio": ("2026-05-26", "2026-06-10", "2026-07-08"),
    "Tallgrass Freight": ("2026-05-02", "2026-05-16", None),
}

# what changes after the first set: ended on, by reason|voluntary|competitor|note
LATER_CHURN = {
    "Tallgrass Freight": ("2026-07-18", "non_payment|false||Three reminders and two calls; written off.")
}
RENAMED = {"Fable & Co": ("2026-07-06", "Fable Interactive")}
LATER_CUSTOMERS = {  # prospect → plan code, seats, start
    "Ironbark Legal": ("BY", 20, "2026-07-14"),
    "Saltmarsh Media": ("TY", 12, "2026-07-03"),
}

# billing knows the company by another name
BILLING_NAMES = {"Halden Foods": "HF Trading AS", "Redwick Housing": "Redwick Housing Association Ltd"}

CHAMPION_LEFT = {"Arbor & Finch Logistics": "2026-06-12"}

# contracts (through the canonical template): notice days, auto-renew, months, uplift
CONTRACTS = {
    "Meridian Orchards": (14, False, 12, 0.03),
    "Pellworm Analytics": (60, True, 12, 0.05),
    "Brightwater Clinics": (90, True, 12, 0.04),
    "Vantage Harbour": (30, True, 12, 0.03),
    "Orrery Robotics": (60, False, 12, 0.05),
    "Cobalt Ridge Mining": (30, True, 24, 0.0),
    "Solenne Insurance": (90, True, 12, 0.03),
    "Greyhaven Bank": (14, False, 12, 0.03),
    "Arbor & Finch Logistics": (60, True, 12, 0.05),
    "Stellaris Telecom": (60, True, 12, 0.04),
    "Halden Foods": (30, True, 12, 0.0),
}

# named people where the story needs them: role → (first name, last name, job title)
PEOPLE = {
    "Arbor & Finch Logistics": {"Champion": ("Ilse", "Verhoeven", "Head of Planning")},
    "Orrery Robotics": {"Decision Maker": ("Konrad", "Seidel", "Chief Operating Officer")},
    "Meridian Orchards": {
        "Champion": ("Noor", "Dekker", "Director of Reporting"),
        "Decision Maker": ("Pieter", "van Aalst", "Chief Financial Officer"),
    },
    "Vantage Harbour": {"Champion": ("Joost", "Hendriks", "Terminal Operations Lead")},
}

# survey answers the stories need: company → role, day, score, comment
SURVEYS = {
    "Orrery Robotics": [
        ("Decision Maker", "2026-06-18", 3, "Six months in, and my managers still ask for spreadsheets.")
    ],
    "Meridian Orchards": [
        ("Decision Maker", "2026-05-21", 10, "Best tool decision of last year."),
        ("Champion", "2026-05-22", 9, "The board pack takes an hour, not a week."),
    ],
    "Pellworm Analytics": [("Champion", "2026-05-27", 6, "We are evaluating what to keep next year.")],
    "Lindenwood School Trust": [("Champion", "2026-06-10", 4, "Budget was cut; hard to defend.")],
    "Ember & Oak Restaurants": [("Decision Maker", "2026-05-12", 1, "This is not what we were sold.")],
    "Tinwhistle Toys": [("Champion", "2026-06-02", 2, "We only needed a stock list.")],
}

# tickets the stories need: opened, solved, priority, category, subject
TICKETS: dict[str, list[tuple[str, str | None, str, str, str]]] = {
    "Vantage Harbour": [
        (
            "2026-06-26 09:12",
            "2026-07-02 16:40",
            "Urgent",
            "Integration",
            "Berth data stopped at 06:00, night shift is blind",
        )
    ],
    "Lindenwood School Trust": [
        (
            "2026-06-24 11:05",
            "2026-06-25 09:30",
            "High",
            "Cancellation",
            "Please cancel our subscription at the end of the term",
        )
    ],
    "Pellworm Analytics": [
        (
            "2026-06-03 14:20",
            "2026-06-05 10:00",
            "Normal",
            "Question",
            "How do we export all dashboards and their definitions?",
        )
    ],
    "Tallgrass Freight": [
        ("2026-06-15 17:45", None, "Normal", "Billing", "Who do we talk to about the invoice?")
    ],
    "Novafjord Energy": [
        ("2026-06-09 08:30", None, "High", "Integration", "VPN to the warehouse: waiting for you")
    ],
    "Orrery Robotics": [("2026-06-17 10:10", None, "High", "Bug", "Line dashboard loads for 40 seconds")],
}

# touches the stories need: day, kind, sentiment, note
TOUCHES: dict[str, list[tuple[str, str, str, str]]] = {
    "Arbor & Finch Logistics": [
        ("2026-06-12", "email", "bad", "Auto-reply: Ilse Verhoeven no longer works at Arbor & Finch."),
        ("2026-05-28", "qbr", "good", "QBR with Ilse. Wants a second site live in autumn."),
    ],
    "Meridian Orchards": [
        (
            "2026-06-23",
            "call",
            "good",
            "Pieter confirms renewal is in the July budget; wants the paper by the 3rd.",
        ),
        ("2026-05-07", "qbr", "good", "QBR: 9 of 10 goals met. Asked about the audit pack."),
    ],
    "Pellworm Analytics": [
        ("2026-06-11", "email", "neutral", "Asked for a call about the drop in use. No answer yet."),
        ("2026-05-14", "meeting", "neutral", "New head of data. Reviews all tools before summer."),
    ],
    "Copperline Studio": [
        ("2026-06-18", "email", "neutral", "Accounts payable changed; invoice sent again.")
    ],
    "Tallgrass Freight": [
        ("2026-06-08", "call", "bad", "Paying late on purpose: unhappy with the roll-out.")
    ],
    "Novafjord Energy": [
        ("2026-05-20", "meeting", "good", "Kickoff with seven people. Next: data connection.")
    ],
    "Brightwater Clinics": [
        ("2026-06-19", "meeting", "good", "Five more clinics go live in July: 30 seats more.")
    ],
    "Quillstone Press": [("2026-03-16", "call", "good", "Back after six months with the other tool.")],
    "Lindenwood School Trust": [
        ("2026-06-25", "call", "bad", "Trust loses a grant; asked for a smaller plan first.")
    ],
    "Orrery Robotics": [
        ("2026-04-29", "qbr", "neutral", "Managers were not in the room. Konrad left early.")
    ],
    "Kestrel Mobility": [("2026-06-16", "call", "good", "Two records of them in the CRM since the merger.")],
    "Ember & Oak Restaurants": [
        ("2026-04-08", "call", "bad", "Expected table booking; says Jack promised it.")
    ],
}

# milestones the stories need: name, due, done
MILESTONES: dict[str, list[tuple[str, str, str | None]]] = {
    "Novafjord Energy": [
        ("kickoff", "2026-05-18", "2026-05-20"),
        ("data_connected", "2026-06-01", "2026-07-16"),
        ("first_value", "2026-06-15", None),
        ("rollout", "2026-06-29", None),
    ],
}

# deals the stories need: kind, name suffix, amount, created, close, stage, owner
DEALS: dict[str, list[tuple[str, str, int, str, str, str, str]]] = {
    "Brightwater Clinics": [
        ("Expansion", "30 seats", 28800, "2026-06-19", "2026-07-09", "Contract sent", "Priya Nair")
    ],
    "Meridian Orchards": [
        ("Renewal", "Renewal 2026", 190800, "2026-04-15", "2026-07-18", "Contract sent", "Priya Nair")
    ],
    "Stellaris Telecom": [
        ("Expansion", "Madrid south", 19200, "2026-05-30", "2026-09-15", "Qualified to buy", "Tom Okafor")
    ],
}

# people who pay through a link and belong to no company: id, e-mail, name, created
GUESTS = (
    ("", "j.ferro@postbox.example", "J. Ferro", "2025-11-02 19:41:07"),
    ("", "", "", "2026-02-14 08:03:55"),
    ("", "thea@letterhouse.example", "Thea", "2026-05-30 12:22:10"),
)
UNKNOWN_PAYER = ("Orchard Nine Collective", "accounts@orchard-nine.example", "S", 4, "2026-01-08")

# the second HubSpot record of one company: name, city, created
SECOND_RECORD = {"Kestrel Mobility": ("Kestrel Mobility GmbH", "Berlin, Germany", "2025-11-12 10:17")}
