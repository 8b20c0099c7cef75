# hole: reset
# says: `first` has an entry for each row, and NumPy lines it up with the columns: make a column of it, first[:, None]
def reset(states, first):
    return [state * (1.0 - first) for state in states]
