"""The conversations with the optimizer."""
