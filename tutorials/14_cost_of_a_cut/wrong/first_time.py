# hole: sign_turns_at
# says: the sum has the right sign here, and loses it again later: from k on it must keep it
def sign_turns_at(by_lag):
    sums = np.cumsum(by_lag)
    return int(np.argmax(sums * sums[-1] > 0)) + 1
