"""The command ``minigrad`` and its subcommands."""
