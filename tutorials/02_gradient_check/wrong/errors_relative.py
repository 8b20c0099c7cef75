# hole: errors
# says: that is relative, as in gradcheck: here only the distance between the two is asked for
def errors(f, derivative, x, epsilons):
    right = derivative(x)
    return [abs(central_difference(f, x, eps) - right) / (1 + abs(right)) for eps in epsilons]
