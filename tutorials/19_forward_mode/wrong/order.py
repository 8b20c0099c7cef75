# hole: matmul_jvp
# says: the order of a matrix product matters: the tangent of y stands where y stands, on the right
def matmul_jvp(tangents, out, x, y):
    return tangents[0] @ y + tangents[1] @ x
