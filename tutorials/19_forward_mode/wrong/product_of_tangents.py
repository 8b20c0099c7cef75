# hole: multiply_jvp
# says: the tangents were multiplied with each other: in each term only one factor moves, the other stands still
def multiply_jvp(tangents, out, x, y):
    return tangents[0] * tangents[1]
