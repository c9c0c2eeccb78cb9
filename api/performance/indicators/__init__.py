"""Indicators: which figures are watched, how much each weighs, and what is entered by hand."""
