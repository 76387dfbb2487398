"""An interpellation or enkel fråga in fullmäktige (KL 5 kap. 59-64 §§)."""

from handlers.kinds.kind import Kind

KIND = Kind("interpellation", "Interpellation", over="interpellation")
