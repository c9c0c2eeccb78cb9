"""What inspections have found, in figures: two integers each, summed up the tree."""
