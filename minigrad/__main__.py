"""``python -m minigrad`` is the command ``minigrad``."""

from .command.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
