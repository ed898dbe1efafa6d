"""Encodings that bytes may be in, best first, for a person to pick by eye; nothing is ever decoded by a guess.

A candidate is as likely as its text reads like one language: by the letters of the languages that are stored in
it, by capitals that stand where capitals do, and against symbols inside words. Short lists of names are enough.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

SAMPLE = 1 << 15  # bytes that are scored
SHOWN = 6
LIKELY = 0.35  # a reading this much behind the best is none
CELL = 40  # bytes of the cell that is shown

# letters beyond ASCII of the languages that are written in an encoding, the usual ones; capitals follow
_WESTERN = (
    "äöüß", "éèêàçôâîïùûëœæ", "áéíóúñü", "ãçáéíóôõâêàú", "åäöé", "æøåéö", "éëïèöüáóç", "àèéìòù", "áéíóúöýðþæ",
    "àèéíïóòúüç",
)
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß")
_TURKISH = ("ğışçöüİâî",)
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")
_CYRILLIC = (
    "абвгдежзийклмнопрстуфхцчшщъыьэюяё", "абвгдежзийклмнопрстуфхцчшщьюяіїєґ", "абвгдежзийклмнопрстуфхцчшщъьюя",
    "абвгдђежзијклљмнњопрстћуфхцчџш",
)
_GREEK = ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋ",)
_HEBREW = ("אבגדהוזחטיכלמנסעפצקרשתךםןףץ",)
_ARABIC = ("ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءأإآؤئ", "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی")
_THAI = ("กขคฆงจฉชซญฎฏฐณดตถทธนบปผฝพฟภมยรลวศษสหอฮะัาำิีึืฺุูเแโใไ็่้๊๋์",)
_VIETNAMESE = ("đăâêôơưàáãèéìíòóõùúý\u0300\u0301\u0303\u0309\u0323",)

# in the order in which equal readings are named: what office programs write, then web and Unix, then DOS and old Macs
_ALPHABETS: dict[str, tuple[str, ...]] = {
    "cp1252": _WESTERN, "cp1250": _CENTRAL, "cp1251": _CYRILLIC, "cp1253": _GREEK, "cp1254": _TURKISH,
    "cp1255": _HEBREW, "cp1256": _ARABIC, "cp1257": _BALTIC, "cp1258": _VIETNAMESE, "cp874": _THAI,
    "iso8859-15": _WESTERN, "iso8859-2": _CENTRAL, "iso8859-5": _CYRILLIC, "iso8859-6": _ARABIC, "iso8859-7": _GREEK,
    "iso8859-8": _HEBREW, "iso8859-9": _TURKISH, "iso8859-13": _BALTIC, "koi8-r": _CYRILLIC, "koi8-u": _CYRILLIC,
    "mac-roman": _WESTERN, "mac-latin2": _CENTRAL, "mac-cyrillic": _CYRILLIC, "mac-greek": _GREEK,
    "mac-turkish": _TURKISH, "cp850": _WESTERN, "cp852": _CENTRAL, "cp866": _CYRILLIC, "cp737": _GREEK,
    "cp857": _TURKISH, "cp775": _BALTIC, "cp862": _HEBREW,
}
# first bytes of the characters that are in daily use, by encoding
_WIDE: dict[str, tuple[tuple[int, int], ...]] = {
    "shift-jis": ((0x82, 0x83), (0x88, 0x97)), "euc-kr": ((0xB0, 0xC8),), "gb18030": ((0xB0, 0xD7),),
    "big5": ((0xA4, 0xC6),), "euc-jp": ((0xA4, 0xA5), (0xB0, 0xCF)),
}
_RARE = 0.002  # what an encoding further down the list must be better by, for each place
_SMALL = 0.02
_MARKS = frozenset("€£’‘“”„–—…°«»®™©·•§№²³\xa0´`¿¡ºª½×־״׳،؛؟")
_WORD = re.compile(r"[^\W\d_]+")
_CUT = re.compile(rb'[,;\t\r\n"]')


@dataclass(frozen=True)
class Candidate:
    """names: encodings in which the bytes read the same, the usual one first; cell: one cell of the file as it reads
    in them; score: 1 is text of one language through and through."""

    names: tuple[str, ...]
    cell: str
    score: float


def rank(data: bytes) -> list[Candidate]:
    """The likely encodings of bytes that are not UTF-8, best first, each with a cell that tells them apart."""
    data = _high_lines(data)
    read: dict[str, tuple[float, list[str]]] = {}
    for place, name in enumerate([*_ALPHABETS, *_WIDE]):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        found = _wide_score(name, data, text) if name in _WIDE else _score(text, name)
        if found is None:
            continue
        if text in read:
            read[text][1].append(name)
        else:
            read[text] = (found - _RARE * (place if name in _ALPHABETS else 0), [name])
    best = sorted(read.values(), key=lambda one: -one[0])
    kept = [one for one in best if one[0] > best[0][0] - LIKELY][:SHOWN]
    cell = _telling(data, [names[0] for _, names in kept])
    return [Candidate(tuple(names), cell.decode(names[0]), round(score, 3)) for score, names in kept]


def score_of(data: bytes, encoding: str) -> float | None:
    """How well the bytes read in one encoding; None where nothing is known of it or they do not decode."""
    data = _high_lines(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    if encoding in _WIDE:
        return _wide_score(encoding, data, text)
    return _score(text, encoding) if encoding in _ALPHABETS else None


def _high_lines(data: bytes) -> bytes:
    """The lines that hold more than ASCII, as many as are looked at."""
    lines = [line for line in data.splitlines() if not line.isascii()]
    size, kept = 0, list[bytes]()
    for line in lines:
        size += len(line)
        if kept and size > SAMPLE:
            break
        kept.append(line[:SAMPLE])
    return b"\n".join(kept)


@lru_cache(maxsize=64)
def _letters(name: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(one + one.upper()) for one in _ALPHABETS[name])


def _score(text: str, name: str) -> float | None:
    """Mean worth of the characters beyond ASCII: 1 a letter of the language, less others, below 0 in odd places."""
    alphabets = _letters(name)
    family = frozenset().union(*alphabets)
    counts = Counter(char for char in text if ord(char) > 127)
    total = sum(counts.values())
    if not total:
        return None
    common, other = 0.0, Counter[str]()
    for char, count in counts.items():
        if char in family:
            other[char] += count
        elif char in _MARKS:
            common += 0.5 * count
        elif char.isalpha() or unicodedata.combining(char):
            common -= 0.3 * count
        elif unicodedata.category(char) in ("Cc", "Cn", "Co"):
            return None
        else:
            common -= count
    fit = max(
        sum(count if char in alphabet else 0.3 * count for char, count in other.items()) for alphabet in alphabets
    )
    # a name begins with a capital where its script has any: Hebrew in cp1251 never does
    high = [word for word in _WORD.findall(text) if ord(word[0]) > 127]
    small = _SMALL if len(high) >= 2 and all(word.islower() for word in high) else 0
    return (common + fit - _odd(text)) / total - small


def _odd(text: str) -> float:
    """Characters where no writer puts them: capitals after small letters, symbols and other scripts inside words."""
    odd = 0.0
    for word in _WORD.findall(text):
        if word.isascii():
            continue
        if word[0].islower():
            odd += sum(char.isupper() for char in word)
        else:
            odd += sum(before.islower() and char.isupper() for before, char in pairwise(word))
    for before, char in pairwise(text):
        if (ord(before) < 128 and ord(char) < 128) or not before.isalpha():
            continue
        if char.isalpha():
            odd += _script(before) != _script(char)
        elif ord(char) > 127 and char not in _MARKS and not unicodedata.combining(char):
            odd += 0.5
    return odd


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]


def _wide_score(name: str, data: bytes, text: str) -> float | None:
    """As _score, for encodings of two bytes a character: the share in daily use, and no letters of ASCII beside it."""
    ranges = _WIDE[name]
    wide = [char for char in text if ord(char) > 127]
    if not wide:
        return None
    usual = sum(any(low <= char.encode(name)[0] <= high for low, high in ranges) for char in wide)
    beside = len(re.findall(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]", text))
    return (usual - (len(wide) - usual) - beside) / len(wide)


def _telling(data: bytes, names: list[str]) -> bytes:
    """The cell that the most of these encodings read differently; the shorter of equals, if it has three such bytes."""
    cells = {cell.strip()[:CELL] for cell in _CUT.split(data) if not cell.isascii()}

    def worth(cell: bytes) -> tuple[int, int, int, bytes]:
        readings = set()
        for name in names:
            try:
                readings.add(cell.decode(name))
            except UnicodeDecodeError:
                return -1, 0, 0, cell
        return len(readings), min(sum(byte > 127 for byte in cell), 3), -len(cell), cell

    return max(cells, key=worth, default=b"")
