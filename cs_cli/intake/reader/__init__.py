"""One export file → a Table: encoding, delimiter, header, rows, and everything set aside on the way."""

from cs_cli.intake.reader.chunk import Block, Cells
from cs_cli.intake.reader.files import Source
from cs_cli.intake.reader.model import ReadOptions, SetAside
from cs_cli.intake.reader.table import Table, open_table, read_table

__all__ = ["Block", "Cells", "ReadOptions", "SetAside", "Source", "Table", "open_table", "read_table"]
