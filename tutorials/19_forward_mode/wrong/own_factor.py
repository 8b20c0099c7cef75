# hole: multiply_jvp
# says: each tangent goes with the other operand, not with its own
def multiply_jvp(tangents, out, x, y):
    return tangents[0] * x + tangents[1] * y
