# hole: sign_turns_at
# says: the sum has the right sign here, but not at every k from here on (a sum of 0 has no sign)
def sign_turns_at(by_lag):
    sums = np.cumsum(by_lag)
    return int(np.argmax(sums * sums[-1] > 0)) + 1
