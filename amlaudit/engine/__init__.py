"""Judging: conditions, verdicts, score and gate; pure functions over the core."""
