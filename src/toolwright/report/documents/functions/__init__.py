"""The function set over time."""
