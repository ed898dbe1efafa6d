"""The words of a header: whose column it is, and how well it fits a phrase.

"Account Manager Email" is the seller's address, "account_first_name" a person's name, "product_name" a thing's: none of
them tells a customer, although each holds a word for one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cs_cli.base.money import is_currency

# the words of other languages as English ones; only where no English header means something else by them
_TRANSLATED = {
    "kunde": "customer", "kunden": "customer", "kundenname": "customer name", "kundennummer": "customer number",
    "kundennr": "customer number", "firma": "company", "firmenname": "company name", "unternehmen": "company",
    "unternehmensname": "company name", "betrag": "amount", "gesamtbetrag": "total", "preis": "price",
    "währung": "currency", "datum": "date", "rechnungsdatum": "invoice date", "rechnungsnummer": "invoice number",
    "rechnungsnr": "invoice number", "fälligkeitsdatum": "due date", "fällig": "due", "startdatum": "start date",
    "beginn": "start", "vertragsbeginn": "contract start", "vertragsende": "contract end", "enddatum": "end date",
    "ende": "end", "menge": "quantity", "anzahl": "quantity", "tarif": "plan", "produkt": "product",
    "branche": "industry", "land": "country", "betreff": "subject", "priorität": "priority", "erstellt": "created",
    "geschlossen": "closed", "vorname": "first name", "nachname": "last name", "nutzer": "user",
    "société": "company", "entreprise": "company", "nom": "name", "montant": "amount", "devise": "currency",
    "début": "start", "échéance": "due", "facture": "invoice", "prix": "price", "pays": "country",
    "secteur": "industry", "abonnement": "subscription", "quantité": "quantity", "statut": "status",
    "courriel": "email", "cliente": "customer", "empresa": "company", "nombre": "name", "nome": "name",
    "fecha": "date", "importe": "amount", "monto": "amount", "moneda": "currency", "moeda": "currency",
    "inicio": "start", "início": "start", "estado": "status", "precio": "price", "preço": "price",
    "factura": "invoice", "fatura": "invoice", "país": "country", "correo": "email", "azienda": "company",
    "importo": "amount", "valuta": "currency", "prezzo": "price", "bedrijf": "company", "bedrijfsnaam": "company name",
    "klant": "customer", "klantnaam": "customer name", "bedrag": "amount", "prijs": "price", "naam": "name",
    "einddatum": "end date", "negócio": "deal", "etapa": "stage", "proprietário": "owner", "fechamento": "close",
    "registro": "record", "propietario": "owner", "erstellungsdatum": "created date", "negocio": "deal",
    "belegnummer": "invoice number", "belegdatum": "invoice date", "bruttobetrag": "gross amount",
    "rechnung": "invoice", "nettobetrag": "net amount", "fälligkeit": "due date", "bezahlt": "paid",
    "vencimiento": "due date", "num": "number", "pagado": "paid", "pagata": "paid",
    "pagamento": "paid", "umsatzsteuer": "tax",
    "mwst": "tax",
    "ust": "tax", "iva": "tax", "tva": "tax", "btw": "tax", "factuur": "invoice", "factuurnummer": "invoice number",
    "factuurdatum": "invoice date", "vervaldatum": "due date", "fattura": "invoice", "scadenza": "due date",
    "begindatum": "start date", "ingangsdatum": "start date", "valor": "value",
} | {
    word: english for english, words in {
        "subject": "asunto assunto sujet objet onderwerp oggetto",
        "priority": "prioridad prioridade priorité prioriteit priorità",
        "created": "creado creada criado criada créé créée aangemaakt creato creata angelegt",
        "closed": "cerrado cerrada fechado encerrado fermé clôturé gesloten chiuso chiusa",
        "resolved": "gelöst resuelto resuelta resolvido résolu opgelost risolto risolta",
        "opened": "geöffnet abierto abierta aberto aberta ouvert geopend aperto aperta",
        "number": "número numéro nummer numero", "category": "kategorie categoría categoria catégorie categorie",
        "requester": "anfragender solicitante requerente demandeur aanvrager richiedente",
        "assigned": "zugewiesen asignado atribuído assigné toegewezen assegnato", "status": "stato situação",
        "paid": "payé payée réglé réglée pagada betaald pagato", "due date": "vencimento",
        "title": "fonction cargo puesto functie ruolo",
        "role": "rolle rôle", "first name": "prénom voornaam",
        "last name": "apellido apellidos sobrenome achternaam cognome",
        "phone": "telefon teléfono téléphone telefone telefoon telefono",
    }.items() for word in words.split()
}
# written together in many exports
_PARTED = {
    "createdate": "create date", "createdat": "created at", "createddate": "created date", "closedate": "close date",
    "accountid": "account id", "customerid": "customer id", "companyid": "company id", "orgid": "org id",
    "companyname": "company name", "accountname": "account name", "customername": "customer name",
    "firstname": "first name", "lastname": "last name", "fullname": "full name", "startdate": "start date",
    "enddate": "end date", "orderid": "order id", "userid": "user id", "productname": "product name",
    "emailaddress": "email address", "dealname": "deal name", "dealstage": "deal stage", "jobtitle": "job title",
    "organisation": "organization", "org": "organization", "acct": "account", "cust": "customer", "ts": "timestamp",
}
ACCOUNT_WORDS = frozenset([
    "account", "company", "customer", "client", "organization", "tenant", "workspace", "business", "firm", "subscriber",
])
# people of one's own company
STAFF = frozenset([
    "owner", "csm", "rep", "ae", "am", "agent", "assignee", "assigned", "seller", "salesperson", "salesman", "sale",
    "manager", "sdr", "bdr", "consultant", "technician", "submitter", "executive", "mailbox", "inbox", "creator",
    "handler",
])
_DONE_BY = frozenset([
    "created", "modified", "updated", "changed", "edited", "managed", "sold", "handled", "assigned", "added", "entered",
    "closed", "deleted", "imported", "approved", "logged", "owned",
])
PERSON = frozenset([
    "first", "last", "given", "family", "middle", "surname", "contact", "person", "people", "user", "requester",
    "recipient", "respondent", "signatory", "champion", "sponsor", "attendee", "member", "cardholder", "admin",
    "author", "employee", "decision", "maker", "invitee", "participant",
])
# what a row may tell of beside its customer
THINGS = frozenset([
    "product", "plan", "variant", "item", "sku", "price", "package", "campaign", "feature", "event", "metric", "deal",
    "opportunity", "pipeline", "stage", "file", "list", "group", "team", "brand", "form", "tag", "coupon", "template",
    "invoice", "ticket", "subject", "project", "bank", "card", "currency", "department", "location", "city", "street",
    "state", "region", "country", "industry", "partner", "vendor", "supplier", "reseller", "parent", "competitor",
    "channel", "connector", "gateway", "processor", "tax", "discount", "category", "type", "status", "reason", "store",
    "schedule", "role", "territory", "quote", "order", "payment", "asset", "meter", "screen", "page", "domain",
    "description", "note", "memo", "phone", "zip", "code", "address", "tier", "segment", "size", "since", "health",
])
# words that add nothing to what a column is
PLAIN = frozenset([
    "date", "at", "on", "utc", "time", "timestamp", "day", "datetime", "the", "my", "our", "current", "primary",
    "record",
    "raw", "field", "c", "property", "flag", "is", "has", "code", "text", "of", "for", "hs", "custom", "de", "do",
    "di", "da", "du", "der", "des", "la", "le", "el", "il", "em", "associated",
    "cent", "minor", "display", "legal", "official", "full", "value", "amount", "in",
])
ID_WORDS = frozenset(["id", "key", "number", "no", "nr", "uuid", "guid", "code", "ref", "oid", "num", "pk"])


@lru_cache(maxsize=4096)
def words_of(header: str) -> tuple[str, ...]:
    """The words of a header in English, plural s dropped: "customerIDs" is customer, id; "Kundennummer" as well."""
    plain = re.sub(r"IDs\b", "Id", header.replace("#", " number "))
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    text = re.sub(r"(?i)\bdata (?=d[aeio]\b)", "date ", text)  # in Portuguese and Italian; else data
    out: list[str] = []
    for found in re.findall(r"[^\W_]+", text.casefold()):
        word = found
        if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
            word = word[:-1]
        word = _TRANSLATED.get(found, _PARTED.get(found, _TRANSLATED.get(word, _PARTED.get(word, word))))
        out += word.split()
    return tuple(out)


def whose(header: str) -> str | None:
    """staff, person, thing or account: of whom or what the column tells; None where the header does not say.

    A seller goes before a person,
    a person before a thing, a thing before the account.
    """
    every = words_of(header)
    words = set(every)
    if words & STAFF or ("by" in words and words & _DONE_BY):
        return "staff"
    if words & PERSON:
        return "person"
    if words & THINGS - ({"code", "address", "domain"} if words & ACCOUNT_WORDS else set()):
        return "thing"
    return "account" if words & ACCOUNT_WORDS else None


def fit(phrase: str, header: str, nouns: frozenset[str] = frozenset()) -> float:
    """0 when the phrase is not in the header; 1 when it is the header; less for every word beside it.

    Words that only repeat what a row is (nouns), or add nothing, weigh little; any other makes it another column:
    "email status" is no status of an invoice. A currency says nothing of what an amount is: "ACV (USD)".
    """
    wanted, every = set(words_of(phrase)), words_of(header)
    there = [word for word in every if word in wanted or not is_currency(word.upper())] or list(every)
    if not there or not wanted <= set(there):
        return 0.0
    beside = [word for word in there if word not in wanted]
    plain = sum(word in nouns or word in PLAIN for word in beside)
    return len(wanted) / (len(wanted) + 0.3 * plain + 2.0 * (len(beside) - plain))


def is_id(header: str) -> bool:
    """Does the header name an id?"""
    return bool(ID_WORDS & set(words_of(header)))
