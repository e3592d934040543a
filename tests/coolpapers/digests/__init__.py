"""Digests by e-mail."""
