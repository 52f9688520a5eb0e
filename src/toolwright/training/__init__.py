"""Training: Algorithm 2 of the paper, evaluation and the gate."""
