"""Attacks on the sandbox, each first shown to get through without it."""
