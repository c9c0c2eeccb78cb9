"""Scores of members (积分): a ledger of entries by the scheme of the year, with what their pledges add."""
