"""Agents: what answers a task, and the rollout it works through."""
