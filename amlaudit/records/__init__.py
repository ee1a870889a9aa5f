"""Results of earlier runs, read back: JSON reports, baselines and histories."""
