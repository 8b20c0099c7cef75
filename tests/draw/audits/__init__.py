"""What is checked of statements, by subject. It knows the engine and nothing of ``minigrad.draw``."""
