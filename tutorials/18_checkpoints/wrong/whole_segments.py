# hole: steps_run
# says: if the steps are a multiple of the segment, the last segment is a whole one, and it is not run twice
def steps_run(steps, segment):
    return steps + steps // segment * segment
