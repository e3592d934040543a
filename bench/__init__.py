"""Measurements: commands that print figures. bench/README.md keeps those that were taken, with how to repeat them."""
