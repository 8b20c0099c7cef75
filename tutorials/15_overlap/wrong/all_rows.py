# hole: reset
# says: all rows are zero as soon as one sequence begins; each row has its own
def reset(states, first):
    return [state * (0.0 if np.any(first) else 1.0) for state in states]
