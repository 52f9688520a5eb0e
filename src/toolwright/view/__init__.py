"""The live page: a small server that shows one run while it goes on, and only reads."""
