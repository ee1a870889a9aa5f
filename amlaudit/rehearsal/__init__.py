"""Rehearses fix plans: the estate as it would be afterwards, judged by the same rules."""
