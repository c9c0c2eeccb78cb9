"""Rounds of appraisal (民主评议): of a branch and a year, from opening to the minutes."""
