# hole: sign_turns_at
# says: the place in the list counts from 0: the sum at place n is that of n + 1 numbers
def sign_turns_at(by_lag):
    sums = np.cumsum(by_lag)
    wrong = np.flatnonzero(sums * sums[-1] <= 0)
    return int(wrong[-1]) + 1 if len(wrong) else 0
