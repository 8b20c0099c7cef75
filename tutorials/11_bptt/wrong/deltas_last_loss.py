# hole: deltas
# says: only the last loss was walked back from: each step adds its own direct term
def deltas(W, states, direct):
    found = [direct[-1] * (1 - states[-1] ** 2)]
    for h in reversed(states[1:-1]):
        found.append(found[-1] @ W.T * (1 - h**2))
    return found[::-1]
