"""cs: a command-line Customer Success desk over one local SQLite file."""

__version__ = "0.1.0"
