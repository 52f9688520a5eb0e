"""The paper's experiments: a matrix of cells, run, kept and tabled."""
