"""Appeals (申诉) against entries of scores, heard above the branch by somebody else."""
