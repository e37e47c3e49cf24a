"""The seeds of tests that try many cases."""

SEEDS = range(20)
