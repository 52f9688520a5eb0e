"""The page of a run, or of several: one HTML file that shows their documents, or the same served live."""
