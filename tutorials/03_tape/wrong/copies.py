# hole: leaf
# says: np.array makes a copy; np.asarray takes an array of float64 as it is
def leaf(tape, value, name=""):
    i = tape.next_id
    tape.next_id += 1
    tape.values[i] = np.array(value, "float64")
    if name:
        tape.names[i] = name
    return i
