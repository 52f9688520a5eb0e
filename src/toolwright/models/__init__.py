"""The one door to language models: providers, pacing, budget ledger, replay."""
