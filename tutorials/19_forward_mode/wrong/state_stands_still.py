# hole: influence
# says: the states before the step had no tangent: only the direct use of the weights counts then, as in TBPTT(1)
def influence(tape, weights, before, S, after):
    columns = []
    for unit in np.eye(S.shape[1]):
        tangents = push(tape, {each.i: t for each, t in zip(weights, parts(unit, weights), strict=True)})
        columns.append(flat(tangents.get(each.i, np.zeros(each.shape)) for each in after))
    return np.array(columns).T
