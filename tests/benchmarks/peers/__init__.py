"""One training window of a character model in each library, and by hand in NumPy."""
