# hole: errors
# says: an error is a distance: take the absolute value
def errors(f, derivative, x, epsilons):
    return [central_difference(f, x, eps) - derivative(x) for eps in epsilons]
