"""`python -m museaika` is the same as the command `museaika`."""

from museaika.cli import main

main()
