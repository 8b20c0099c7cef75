# hole: reset
# says: the values are right, and they are new leaves: the other rows have lost their history too
def reset(states, first):
    return [tensor(state.tape, np.where(first[:, None], 0.0, state.value)) for state in states]
