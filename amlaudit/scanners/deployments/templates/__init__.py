"""Deployment templates, evaluated offline: what they declare, and what is determined later."""
