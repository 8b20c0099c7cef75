# hole: steps_run
# says: the last segment is run once only, but it need not be a whole one: 7 steps in threes are 3 + 3 + 1
def steps_run(steps, segment):
    return 2 * steps - segment
