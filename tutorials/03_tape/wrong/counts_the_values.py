# hole: leaf
# says: values may be dropped, so their number says nothing: the next id is tape.next_id
def leaf(tape, value, name=""):
    i = len(tape.values)
    tape.next_id += 1
    tape.values[i] = np.asarray(value, "float64")
    if name:
        tape.names[i] = name
    return i
