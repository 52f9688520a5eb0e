"""A run at a glance."""
