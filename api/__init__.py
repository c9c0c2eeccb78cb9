"""The house: one room per capability."""

import gc

# Importing it makes hundreds of thousands of things that stay. At Python's own pace, every 700 new ones, the search for rubbish
# among them takes a fourth of each start and a tenth of a signed-in request.
gc.set_threshold(20_000, 10, 10)
