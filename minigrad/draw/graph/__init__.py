"""What a tape means: operations, steps, walks, rows, memory. No text, no positions."""
