"""How an agent is made better: a training, or one of the baselines beside it. Each is a small file."""
