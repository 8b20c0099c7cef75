"""Archives of arrays, whole runs, records as plain data."""
