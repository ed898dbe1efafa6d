# ruff: noqa: E501
"""The cast of the sample company: who bought what, when, from whom, and how it goes.

One line per company. mood steers usage, surveys, tickets and touches:
good, grow (healthy and growing), soft (amber), poor (red), silent (no logins), new (in onboarding);
story dates and amounts that a mood cannot say are in plot.py.
Everybody here is invented; every domain is under .example (RFC 2606).
"""

from __future__ import annotations

# plan code → plan name as Stripe shows it, interval, price per seat in whole dollars
PLANS = {
    "S": ("starter-monthly", "month", 39),
    "TM": ("team-monthly", "month", 55),
    "TY": ("team-yearly", "year", 588),
    "BY": ("business-yearly", "year", 780),
    "EY": ("enterprise-yearly", "year", 960),
}

SELLERS = ("Priya Nair", "Tom Okafor", "Jack Delaney")
SUCCESS = "Mara Lindqvist"

# name | industry | city, country | employees | need | seller | plan | seats | start | mood
CUSTOMERS = """
Meridian Orchards|Food Production|Utrecht, Netherlands|2100|Board reporting|Priya Nair|EY|180|2023-07-20|grow
Pellworm Analytics|Computer Software|Hamburg, Germany|640|Self-service analytics|Tom Okafor|EY|110|2024-11-03|fade
Brightwater Clinics|Hospital & Health Care|Leeds, United Kingdom|980|Compliance evidence|Priya Nair|EY|120|2024-03-11|grow
Vantage Harbour|Transportation/Trucking/Railroad|Rotterdam, Netherlands|1450|Operations monitoring|Tom Okafor|EY|95|2024-09-16|good
Orrery Robotics|Industrial Automation|Munich, Germany|720|Operations monitoring|Priya Nair|EY|84|2025-02-03|soft
Cobalt Ridge Mining|Mining & Metals|Perth, Australia|1900|Operations monitoring|Tom Okafor|EY|100|2024-05-27|good
Solenne Insurance|Insurance|Lyon, France|1120|Compliance evidence|Priya Nair|EY|76|2025-04-14|good
Greyhaven Bank|Banking|Dublin, Ireland|860|Board reporting|Tom Okafor|EY|70|2024-08-12|good
Arbor & Finch Logistics|Logistics and Supply Chain|Antwerp, Belgium|530|Operations monitoring|Priya Nair|EY|64|2024-10-01|good
Stellaris Telecom|Telecommunications|Madrid, Spain|1700|Self-service analytics|Tom Okafor|EY|88|2025-09-22|good
Halden Foods|Food & Beverages|Halden, Norway|410|Board reporting|Priya Nair|BY|46|2024-06-17|good
Kestrel Mobility|Automotive|Berlin, Germany|350|Operations monitoring|Tom Okafor|BY|52|2025-01-20|good
Novafjord Energy|Renewables & Environment|Bergen, Norway|290|Operations monitoring|Tom Okafor|BY|40|2026-05-11|stalled
Lindenwood School Trust|Education Management|Bristol, United Kingdom|260|Compliance evidence|Priya Nair|BY|34|2024-08-15|soft
Tallgrass Freight|Logistics and Supply Chain|Omaha, United States|310|Operations monitoring|Tom Okafor|BY|38|2024-11-17|poor
Amberley Pharma|Pharmaceuticals|Basel, Switzerland|480|Compliance evidence|Priya Nair|BY|58|2025-03-10|good
Redwick Housing|Real Estate|Cardiff, United Kingdom|220|Board reporting|Tom Okafor|BY|28|2024-07-29|soft
Palisade Security|Computer & Network Security|Austin, United States|190|Self-service analytics|Priya Nair|BY|42|2025-06-02|grow
Osprey Outdoor|Sporting Goods|Innsbruck, Austria|240|Self-service analytics|Tom Okafor|BY|30|2024-12-09|soft
Marlowe Publishing|Publishing|London, United Kingdom|175|Board reporting|Priya Nair|BY|26|2025-08-18|good
Quillstone Press|Publishing|Edinburgh, United Kingdom|140|Board reporting|Tom Okafor|BY|24|2024-05-06|good
Helix Forge|Mechanical or Industrial Engineering|Turin, Italy|330|Operations monitoring|Priya Nair|BY|44|2025-10-13|soft
Bluefern Cosmetics|Cosmetics|Copenhagen, Denmark|210|Self-service analytics|Tom Okafor|BY|32|2025-11-24|soft
Tessera Design|Design|Milan, Italy|120|Self-service analytics|Priya Nair|BY|25|2026-01-19|grow
Harrowgate Travel|Leisure, Travel & Tourism|Manchester, United Kingdom|260|Operations monitoring|Tom Okafor|BY|36|2025-07-07|soft
Corvid Games|Computer Games|Tallinn, Estonia|150|Self-service analytics|Priya Nair|BY|30|2024-10-21|good
Copperline Studio|Marketing and Advertising|Lisbon, Portugal|85|Client reporting|Tom Okafor|TY|22|2024-05-26|good
Fable & Co|Media Production|Amsterdam, Netherlands|70|Client reporting|Priya Nair|TY|18|2025-05-19|good
Juniper Road|E-Learning|Ghent, Belgium|64|Self-service analytics|Tom Okafor|TY|16|2024-08-26|good
Larkspur Law|Law Practice|Boston, United States|95|Compliance evidence|Priya Nair|TY|20|2025-02-17|good
Millrace Brewing|Wine and Spirits|Portland, United States|110|Operations monitoring|Tom Okafor|TY|15|2025-09-08|soft
Nettle & Thyme|Consumer Goods|Gothenburg, Sweden|58|Self-service analytics|Priya Nair|TY|14|2025-03-31|good
Oakhollow Farms|Farming|Aarhus, Denmark|130|Operations monitoring|Tom Okafor|TY|18|2025-07-21|good
Pixelmoor|Computer Software|Warsaw, Poland|75|Self-service analytics|Priya Nair|TY|24|2024-09-30|grow
Ravensgate Capital|Financial Services|Zürich, Switzerland|60|Board reporting|Tom Okafor|TY|16|2025-12-01|good
Sundial Staffing|Staffing and Recruiting|Birmingham, United Kingdom|140|Client reporting|Priya Nair|TY|26|2025-01-27|soft
Thistledown Hotels|Hospitality|Inverness, United Kingdom|180|Operations monitoring|Tom Okafor|TY|17|2025-10-27|good
Umbra Lighting|Electrical/Electronic Manufacturing|Eindhoven, Netherlands|90|Operations monitoring|Priya Nair|TY|15|2026-02-09|good
Velum Architects|Architecture & Planning|Vienna, Austria|66|Client reporting|Tom Okafor|TY|14|2025-06-23|soft
Wrenfield Surveyors|Civil Engineering|Cork, Ireland|48|Client reporting|Priya Nair|TY|12|2025-04-28|silent
Yarrow Health|Health, Wellness and Fitness|Helsinki, Finland|105|Compliance evidence|Tom Okafor|TY|20|2025-08-04|soft
Zephyr Sailmakers|Maritime|Kiel, Germany|52|Operations monitoring|Priya Nair|TY|12|2026-03-23|good
Ashdown Robotics Club|Education Management|Reading, United Kingdom|24|Self-service analytics|Tom Okafor|TM|10|2025-11-10|good
Basalt Coffee|Food & Beverages|Seattle, United States|44|Operations monitoring|Priya Nair|TM|12|2025-07-14|soft
Cinder & Clay|Arts and Crafts|Porto, Portugal|30|Client reporting|Tom Okafor|TM|11|2025-05-05|soft
Driftwood Digital|Marketing and Advertising|Brighton, United Kingdom|38|Client reporting|Priya Nair|TM|14|2025-02-24|good
Elmsworth Dental|Medical Practice|Norwich, United Kingdom|55|Compliance evidence|Tom Okafor|TM|12|2026-01-12|good
Foxglove Events|Events Services|Nice, France|28|Client reporting|Priya Nair|TM|10|2025-09-29|good
Gannet Marine|Maritime|Galway, Ireland|41|Operations monitoring|Tom Okafor|S|8|2025-06-16|good
Hearthside Realty|Real Estate|Denver, United States|33|Client reporting|Priya Nair|S|9|2025-10-06|soft
Inkwell Tutors|E-Learning|Leuven, Belgium|19|Self-service analytics|Tom Okafor|S|6|2025-12-15|good
Ember & Oak Restaurants|Restaurants|Nottingham, United Kingdom|160|Other|Jack Delaney|TM|16|2026-01-26|poor
Tinwhistle Toys|Retail|Limerick, Ireland|45|Other|Jack Delaney|TM|12|2025-12-08|poor
Kiteline Couriers|Package/Freight Delivery|Malmö, Sweden|36|Operations monitoring|Priya Nair|S|7|2026-02-23|good
Lanternfish Audio|Music|Glasgow, United Kingdom|15|Self-service analytics|Tom Okafor|S|5|2025-08-25|soft
Mosswood Nursery|Farming|Ljubljana, Slovenia|27|Operations monitoring|Priya Nair|S|6|2025-11-17|good
Nimbus Cycling|Sporting Goods|Girona, Spain|22|Self-service analytics|Tom Okafor|S|6|2026-03-09|good
Overlook Dairy|Dairy|Burlington, United States|62|Operations monitoring|Priya Nair|S|8|2025-04-07|soft
Pumice Skincare|Cosmetics|Reykjavik, Iceland|18|Self-service analytics|Tom Okafor|S|5|2026-04-13|good
Rookery Studios|Animation|Bologna, Italy|26|Client reporting|Priya Nair|S|9|2026-05-04|new
Silverbirch Interiors|Design|Turku, Finland|20|Client reporting|Tom Okafor|S|6|2026-05-25|new
"""

# the same columns and the day it ended; "why" follows as reason|voluntary|competitor|note
GONE = """
Dunmore Bakery|Food Production|Sligo, Ireland|75|Other|Jack Delaney|TM|12|2025-08-11|poor|2026-01-11|poor_fit|true||Wanted a till system. Never connected a data source.
Sable Street Salon|Consumer Services|Derby, United Kingdom|32|Other|Jack Delaney|TM|10|2025-10-20|poor|2026-03-20|poor_fit|true||Sold as a booking tool; we do not do bookings.
Peachtree Kennels|Veterinary|Macon, United States|21|Other|Jack Delaney|S|8|2025-11-03|poor|2026-04-03|poor_fit|true||Two people in the team, nobody reads reports.
Brackenhall Stores|Retail|York, United Kingdom|210|Operations monitoring|Tom Okafor|BY|30|2024-09-02|poor|2025-09-02|price|true|Gridwise|Went with a bundle of their ERP vendor.
Fernlea Care Homes|Hospital & Health Care|Exeter, United Kingdom|150|Compliance evidence|Priya Nair|TY|16|2025-02-10|soft|2026-02-10|sponsor_left|true||Sponsor left in November; nobody took over.
Otterburn Textiles|Textiles|Porto, Portugal|88|Operations monitoring|Tom Okafor|TM|13|2025-03-17|soft|2025-11-17|business_closed|false||Plant closed.
Cloudberry Apps|Computer Software|Oulu, Finland|17|Self-service analytics|Priya Nair|S|5|2025-05-26|soft|2026-05-26|missing_feature|true|Chartloom|Needed embedded dashboards.
"""

# name | industry | city, country | employees | need | seller | lifecycle stage | created | deal amount | deal stage
PROSPECTS = """
Ironbark Legal|Law Practice|Sydney, Australia|140|Compliance evidence|Priya Nair|Opportunity|2026-03-18|15600|Contract sent
Saltmarsh Media|Media Production|Margate, United Kingdom|54|Client reporting|Tom Okafor|Opportunity|2026-06-16|7056|Decision maker bought-in
Dovecote Assurance|Insurance|Luxembourg, Luxembourg|520|Compliance evidence|Priya Nair|Opportunity|2026-04-22|48000|Presentation scheduled
Glasshouse Growers|Farming|Almería, Spain|230|Operations monitoring|Tom Okafor|Sales Qualified Lead|2026-05-19|23400|Qualified to buy
Larchmont Hospital|Hospital & Health Care|Hartford, United States|1300|Compliance evidence|Priya Nair|Sales Qualified Lead|2026-02-11|67200|Appointment scheduled
Violet Hour Theatre|Performing Arts|Bath, United Kingdom|35|Client reporting|Tom Okafor|Lead|2026-06-08||
Waypoint Rentals|Automotive|Faro, Portugal|60|Operations monitoring|Jack Delaney|Lead|2026-06-22||
Cairnstone Hydro|Utilities|Fort William, United Kingdom|390|Operations monitoring|Tom Okafor|Opportunity|2026-01-27|31200|Closed lost
Moonrake Cinema|Entertainment|Bath, United Kingdom|42|Client reporting|Priya Nair|Opportunity|2026-06-15|5292|Qualified to buy
Tidewater Labs|Biotechnology|Aberdeen, United Kingdom|88|Self-service analytics|Tom Okafor|Opportunity|2026-06-19|11760|Qualified to buy
Bellwether Polling|Market Research|Brussels, Belgium|47|Client reporting|Priya Nair|Opportunity|2026-06-24|8820|Appointment scheduled
"""

# prospects who try the product: name, plan code, seats, trial start, trial end
TRIALS = (
    ("Saltmarsh Media", "TY", 12, "2026-06-19", "2026-07-03"),
    ("Moonrake Cinema", "TY", 9, "2026-06-22", "2026-07-06"),
    ("Tidewater Labs", "TY", 20, "2026-06-25", "2026-07-09"),
)

FIRST_NAMES = [
    "Aida",
    "Anton",
    "Bea",
    "Bram",
    "Carla",
    "Cem",
    "Dana",
    "Dario",
    "Edith",
    "Emil",
    "Farah",
    "Felix",
    "Greta",
    "Hamid",
    "Hanne",
    "Ines",
    "Ivo",
    "Jana",
    "Jonas",
    "Karim",
    "Lea",
    "Liam",
    "Lotte",
    "Magda",
    "Milo",
    "Nadia",
    "Nils",
    "Olga",
    "Oscar",
    "Petra",
    "Rafael",
    "Rosa",
    "Samir",
    "Sanne",
    "Theo",
    "Uma",
    "Vera",
    "Viktor",
    "Wanda",
    "Yusuf",
    "Zara",
    "Zoran",
]
LAST_NAMES = [
    "Abbas",
    "Aalto",
    "Becker",
    "Bianchi",
    "Castell",
    "Dahl",
    "Duarte",
    "Eriksen",
    "Farrow",
    "Ferro",
    "Gallo",
    "Haas",
    "Hassan",
    "Ibsen",
    "Jansen",
    "Kaya",
    "Keller",
    "Kovac",
    "Laurent",
    "Lund",
    "Marsh",
    "Meyer",
    "Moreau",
    "Novak",
    "Oduya",
    "Okada",
    "Pires",
    "Quinn",
    "Rossi",
    "Sato",
    "Silva",
    "Sorensen",
    "Tanaka",
    "Tully",
    "Varga",
    "Vogel",
    "Weiss",
    "Winter",
    "Yilmaz",
    "Zeman",
]

TICKET_SUBJECTS = (
    ("Question", "How do I share a dashboard outside the company?"),
    ("Question", "Can we schedule a report for Monday 7:00?"),
    ("Question", "Where is the audit log?"),
    ("Bug", "Export to Excel stops at 10,000 rows"),
    ("Bug", "Chart legend overlaps on small screens"),
    ("Bug", "Filter resets after refresh"),
    ("Integration", "Warehouse connection times out"),
    ("Integration", "New column is not picked up"),
    ("Access", "Please add two colleagues"),
    ("Access", "Single sign-on: who can change the certificate?"),
    ("Billing", "Invoice should name our purchase order"),
    ("Feature request", "Embedded dashboards, when?"),
)

GOOD_COMMENTS = (
    "Saves us a day each month.",
    "Support answers fast.",
    "The board pack writes itself now.",
    "Easy to roll out.",
    "",
    "",
    "Reliable. We look at it every morning.",
)
MIDDLE_COMMENTS = (
    "Good, but the exports are slow.",
    "Fine for what we use.",
    "",
    "Setup took longer than promised.",
)
BAD_COMMENTS = (
    "We pay for seats nobody uses.",
    "Too slow for our data.",
    "Nobody here knows how to build a report.",
    "Promised features are still missing.",
)
