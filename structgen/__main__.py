"""``python -m structgen`` is the command line."""

from structgen.cli import main

main()
