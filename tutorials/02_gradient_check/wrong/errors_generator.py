# hole: errors
# says: round brackets make a generator, which computes nothing yet: square brackets make the list
def errors(f, derivative, x, epsilons):
    return (abs(central_difference(f, x, eps) - derivative(x)) for eps in epsilons)
