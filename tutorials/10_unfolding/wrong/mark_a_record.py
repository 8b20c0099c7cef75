# hole: mark
# says: a mark is no record: nothing is computed, so a walk has nothing to do there
def mark(tape):
    tape.step += 1
    tape.records.append(("mark", (), tape.next_id, tape.step, {}))
