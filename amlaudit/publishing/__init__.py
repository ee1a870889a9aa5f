"""Findings on their way to somebody else's log: the only part of amlaudit that sends any.

Nothing that reads Azure imports this package, and it holds no client that reads. What it may send,
and where, is one request that `amlaudit.publishing.guard` spells.
"""
