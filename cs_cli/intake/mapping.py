"""What decides how the bytes of a file are read, as a hash: the same bytes read the same way are the same import."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from cs_cli.definitions.shapes import SourceDef
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.settle import settle


def mapping_hash(source: SourceDef, options: ImportOptions) -> str:
    """The definition, and behind it what options said of reading, if anything.

    That stands behind a "+" when the source remembers all of it, else behind a "-".
    """
    default = [options.ends_default] if source.ends is None and options.ends_default != "first_free_day" else []
    plain = _hash([replace_place(source), None, None, None, None, *default])
    forgotten = [options.delimiter, options.quote, options.skip, *options.rename]
    settled = settle(source, options)
    if settled == source and not any(one is not None for one in [options.encoding, *forgotten]):
        return plain
    mark = "-" if any(one is not None for one in forgotten) else "+"
    return plain + mark + _hash([replace_place(settled), options.encoding, *forgotten])


def replace_place(source: SourceDef) -> SourceDef:
    """The source without where it was written, which decides nothing."""
    return msgspec.structs.replace(source, file="", at={}, about="")


def _hash(parts: list[object]) -> str:
    return sha256(msgspec.json.encode(parts)).hexdigest()[:16]
