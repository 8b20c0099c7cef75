# hole: leaf
# says: an empty name is none: names get an entry only if there is a name
def leaf(tape, value, name=""):
    i = tape.next_id
    tape.next_id += 1
    tape.values[i] = np.asarray(value, "float64")
    tape.names[i] = name
    return i
