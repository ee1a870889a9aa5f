"""What earlier runs left behind, read back: JSON reports, baselines and histories."""
