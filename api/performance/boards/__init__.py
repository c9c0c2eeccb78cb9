"""What a branch, a town or the district has reached in a period: the index, what it is made of, and which branches need help."""
