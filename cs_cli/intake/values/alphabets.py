"""Names that look like another name: Cyrillic and Greek letters among (or instead of) Latin ones."""

from __future__ import annotations

# letters drawn as the Latin letter below them
_LOOKS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеосрхуіѕјԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ",
    "ABESIJKMHOPCTYXaeocpxyisjdhqwABEZHIKMNOPTYXovp",
)


def looks_like(name: str) -> str | None:
    """The Latin name that a name with foreign letters looks like; None for names of one alphabet.

    A name all in Cyrillic or Greek is what it is; one with Latin letters, or with every letter a
    double of a Latin one in a Latin-looking word, is said.
    """
    plain = name.translate(_LOOKS)
    if plain == name:
        return None
    letters = [letter for letter in name if letter.isalpha()]
    latin = any(letter.isascii() for letter in letters)
    return plain if latin and plain.isascii() else None
