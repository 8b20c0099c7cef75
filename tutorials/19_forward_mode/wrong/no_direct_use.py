# hole: influence
# says: the weights had no tangent in this step: their direct use in it is missing
def influence(tape, weights, before, S, after):
    columns = []
    for column in S.T:
        tangents = push(tape, {each.i: t for each, t in zip(before, parts(column, before), strict=True)})
        columns.append(flat(tangents.get(each.i, np.zeros(each.shape)) for each in after))
    return np.array(columns).T
