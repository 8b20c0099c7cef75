# hole: influence
# says: push has no tangent for what does not move: its rows are zeros, in its own shape
def influence(tape, weights, before, S, after):
    columns = []
    for j, one in enumerate(np.eye(S.shape[1])):
        moved = dict(zip([each.i for each in weights], parts(one, weights)))
        moved |= dict(zip([each.i for each in before], parts(S[:, j], before)))
        found = push(tape, moved)
        columns.append(flat(found[each.i] for each in after))
    return np.stack(columns, axis=1)
