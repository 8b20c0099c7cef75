# hole: sign_turns_at
# says: this looks at single lags; a truncation to k lags is the sum of the first k
def sign_turns_at(by_lag):
    total = sum(by_lag)
    wrong = [j for j, g in enumerate(by_lag) if g * total <= 0]
    return wrong[-1] + 2 if wrong else 1
