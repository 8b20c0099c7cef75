"""The engine: what happens when you compute, and when you walk back."""
