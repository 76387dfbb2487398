"""An interpellation or enkel fråga in fullmäktige (KL 5 kap. 59-64 §§)."""

from handlers.kinds.kind import Kind

# It is answered at one of the next meetings: a week ahead there is seldom anything to do yet.
KIND = Kind("interpellation", "Interpellation", over="interpellation", steps=(3, 1, 0, -1))
