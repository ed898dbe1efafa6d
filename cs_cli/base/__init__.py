from cs_cli.base.quick_start import load_msgspec

load_msgspec()
