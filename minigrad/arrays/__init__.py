"""NumPy's names on tensors: operators, creation, and the protocol that NumPy's functions call."""
