"""The outside world: storage, formats, signatures, and what draws and writes."""

import os

# By lxml, where somebody has it, openpyxl takes a sheet whose end finds no room on the disk for a whole one, and tells of any other
# part that finds none by an error that is no OSError.
os.environ["OPENPYXL_LXML"] = "False"
