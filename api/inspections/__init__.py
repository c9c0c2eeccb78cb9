"""Inspections of venues (检查): a document that a phone makes offline, and sends until it is final."""
