"""The run folder: one training's journal, events, evaluations and learned functions, resumable after anything."""
