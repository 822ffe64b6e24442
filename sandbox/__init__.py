"""An estate made of child processes: a small but real Neff Paving, and its faults."""
