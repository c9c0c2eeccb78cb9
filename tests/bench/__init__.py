"""What the project owes by way of speed, measured as ratios within one run: `python -m tests.bench` (`make bench`)."""
