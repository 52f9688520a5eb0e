"""Tasks x evaluations, and their trajectories."""
