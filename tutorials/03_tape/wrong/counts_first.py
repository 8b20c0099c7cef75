# hole: leaf
# says: the first id is 0: take tape.next_id before you count it up
def leaf(tape, value, name=""):
    tape.next_id += 1
    i = tape.next_id
    tape.values[i] = np.asarray(value, "float64")
    if name:
        tape.names[i] = name
    return i
