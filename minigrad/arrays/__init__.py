"""NumPy's names on tensors: operators, creation, protocol."""
