"""What happens when you compute, and when you walk back."""
