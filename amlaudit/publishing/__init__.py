"""Sends findings to an external log: the only part of amlaudit that sends any.

Nothing that reads Azure imports this package, and it contains no reading client. What it may send,
and where, is a single request defined in `amlaudit.publishing.guard`.
"""
