"""``minigrad learn``: the course in a learner's folder, its checks, and what lecturers do with it."""
