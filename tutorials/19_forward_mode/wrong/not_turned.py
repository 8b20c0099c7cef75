# hole: influence
# says: what a push finds is a column of the result: here it became a row
def influence(tape, weights, before, S, after):
    columns = []
    for unit, column in zip(np.eye(S.shape[1]), S.T, strict=True):
        moving = [*parts(unit, weights), *parts(column, before)]
        tangents = push(tape, {each.i: t for each, t in zip([*weights, *before], moving, strict=True)})
        columns.append(flat(tangents.get(each.i, np.zeros(each.shape)) for each in after))
    return np.array(columns)
