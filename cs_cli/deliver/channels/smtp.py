"""`kind: smtp` is another word for `kind: email`."""

from __future__ import annotations

from cs_cli.deliver.channels.email import make

__all__ = ["make"]
