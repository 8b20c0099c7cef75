"""The player: the story of a tape, its formulas, and the page that plays it."""
