"""cs: a command-line Customer Success desk over one local SQLite file."""

import gc

__version__ = "0.3.0"

# A fast command makes a few ten thousand objects and ends: looking for garbage after every 700 of
# them is 6 % of its time. Set here, before the imports, where most of them are made.
gc.set_threshold(50_000, 20, 100)
