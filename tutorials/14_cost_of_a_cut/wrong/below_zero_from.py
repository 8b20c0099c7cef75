# hole: sign_turns_at
# says: the right sign is that of the sum of all, which need not be minus
def sign_turns_at(by_lag):
    sums = np.cumsum(by_lag)
    wrong = np.flatnonzero(sums >= 0)
    return int(wrong[-1]) + 2 if len(wrong) else 1
