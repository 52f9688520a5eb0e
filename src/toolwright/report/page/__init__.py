"""The page of a run: what it shows as documents of JSON, and one HTML file that shows them."""
