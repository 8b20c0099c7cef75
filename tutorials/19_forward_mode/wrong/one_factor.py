# hole: multiply_jvp
# says: that is right only while y stands still: the product rule has two terms
def multiply_jvp(tangents, out, x, y):
    return tangents[0] * y
