# hole: errors
# says: the same error each time: hand the distance on to central_difference
def errors(f, derivative, x, epsilons):
    return [abs(central_difference(f, x) - derivative(x)) for _ in epsilons]
