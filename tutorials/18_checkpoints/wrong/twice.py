# hole: steps_run
# says: the last segment is run once only: it is recorded as soon as it is reached
def steps_run(steps, segment):
    return 2 * steps
