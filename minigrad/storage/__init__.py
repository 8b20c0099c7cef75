"""Storage: archives of arrays, whole runs, and records as plain data, written at once or not at all."""
