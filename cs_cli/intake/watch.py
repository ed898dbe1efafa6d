"""Where an import stands, for whoever watches it from another thread."""

from __future__ import annotations

from dataclasses import dataclass, field

from cs_cli.intake.reader import Table


@dataclass
class Watch:
    """files of total are done; doing: what goes on, in words; table: the one that is being read.

    sources: file → its source, of those that were opened; order: the files in the order in which they are merged.
    """

    total: int = 0
    files: int = 0
    doing: str = "reading"
    table: Table | None = None
    sources: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def begin(self, total: int) -> None:
        self.total, self.files = total, 0

    def reading(self, table: Table) -> None:
        self.table, self.doing = table, f"reading {table.name}"

    def read(self) -> None:
        self.files += 1
        self.table = None

    def merging(self, name: str) -> None:
        self.table, self.doing = None, f"merging {name}"

    @property
    def rows(self) -> int | None:
        """Rows of the file that have been read so far in this pass."""
        return None if self.table is None else self.table.records
