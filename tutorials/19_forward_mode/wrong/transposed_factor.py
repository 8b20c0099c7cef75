# hole: matmul_jvp
# says: the transposes belong to the walk back: forward, a tangent is multiplied as its value is
def matmul_jvp(tangents, out, x, y):
    return tangents[0] @ y.T + x.T @ tangents[1]
