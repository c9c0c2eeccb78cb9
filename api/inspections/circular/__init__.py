"""The circular (通报): what inspections of a period have found, as a workbook and on paper."""
