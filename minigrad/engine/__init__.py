"""The engine: computing with a tape, and walking back over it."""
