# hole: sgd_step
# says: a parameter may have no gradient: pass it over where grad is None
def sgd_step(parameters, lr):
    for each in parameters:
        each.value = each.value - lr * each.grad
