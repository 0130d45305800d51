"""`python -m host.cli` is the program `subrosa`."""

from host.cli.program import main

main()
