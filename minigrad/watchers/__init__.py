"""The search for the first NaN, scopes, and notes of clipping."""
