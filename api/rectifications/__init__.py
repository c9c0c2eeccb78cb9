"""Things to be put right (整改): reported as done by one, confirmed or returned by another."""
