"""Periods: what indicators come to in a quarter or a year, counted anew while it is open, and once and for all when it closes."""
