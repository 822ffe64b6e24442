"""Speed and size, as ratios within one run: machines are shared and noisy."""
