"""Programs: a computation recorded once, its backward walks and updates included, and run again as a flat list."""
