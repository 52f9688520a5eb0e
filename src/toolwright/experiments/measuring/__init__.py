"""What is measured of a cell's runs: epoch by epoch, of what was learned, and on tasks nothing was learned from."""
