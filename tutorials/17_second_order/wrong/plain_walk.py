# hole: recorded_backward
# says: walk gives the rules arrays, and nothing of it is recorded: write the loop again, with tensors
def recorded_backward(target):
    return walk(target)
