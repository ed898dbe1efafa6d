"""`python -m cs_cli` is `cs`."""

from cs_cli.app import main

main()
