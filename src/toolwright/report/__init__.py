"""Reports: what a run came to, as values; showing them is somebody else's."""
