"""The optimizer: reads what the agent did and adds, revises or removes functions (paper, section 2.1)."""
