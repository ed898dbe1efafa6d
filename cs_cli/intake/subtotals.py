"""Reports grouped by a column: sums of each group stand among the rows, and a group's value in its first row only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cs_cli.intake.recognise import alternatives, fold_header

# what the first filled cell of a row of sums says, in the languages of the reports
_OF_A_GROUP = frozenset(["subtotal", "sub-total", "zwischensumme", "sous-total"])
_LABELS = _OF_A_GROUP | {
    "total", "grand total", "count", "record count", "sum", "average", "summe", "gesamtsumme", "gesamt", "anzahl",
    "total général", "nombre", "total general", "recuento", "total geral", "contagem",
}  # fmt: skip


@dataclass
class Grouped:
    """key: places of the cells that every true row fills; width: how many columns from the left name groups."""

    key: Sequence[int]
    width: int = 0
    _above: list[str] = field(default_factory=list)

    def level(self, cells: Sequence[str]) -> int | None:
        """The column that a row of sums is about; None for a true row, also of a customer who is called Total."""
        if any(cells[at].strip() for at in self.key):
            return None
        at = next((at for at, cell in enumerate(cells) if cell.strip()), None)
        return at if at is not None and _label(cells[at]) in _LABELS else None

    def fill(self, cells: list[str]) -> list[str]:
        """The row with the values of its groups, which were written once."""
        above = self._above or [""] * self.width
        own = [cell if cell.strip() else known for cell, known in zip(cells[: self.width], above, strict=True)]
        # a new group of the first column begins the second one anew
        for at in range(self.width):
            if cells[at].strip() and cells[at] != above[at]:
                own[at + 1 :] = cells[at + 1 : self.width]
                break
        self._above = own
        return [*own, *cells[self.width :]]

    def close(self, level: int) -> None:
        """After the sums of a group: the next row names the next group, or has none."""
        self._above = [known if at < level else "" for at, known in enumerate(self._above)]


def find_groups(headers: Sequence[str], key: Sequence[str], rows: Iterable[Sequence[str]]) -> Grouped | None:
    """How a table is grouped, by the rows of sums in it; None for one that has none: then an empty cell is empty."""
    folded = [fold_header(header) for header in headers]
    places = [folded.index(word) for header in key for word in alternatives(header) if word in folded]
    found = Grouped(places)
    sums = [(level, _label(cells[level])) for cells in rows if (level := found.level(cells)) is not None]
    # a total proves no groups: a table without any has one at its end
    named = [level for level, label in sums if label in _OF_A_GROUP and level < min(places, default=0)]
    found.width = max(named, default=-1) + 1
    return found if sums else None


def _label(cell: str) -> str:
    return cell.strip().casefold().rstrip(":")
