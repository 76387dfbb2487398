"""A motion: a member of fullmäktige's written proposal (KL 4 kap. 19 §)."""

from handlers.kinds.kind import ONE_YEAR, Kind

KIND = Kind("motion", "Motion", over="motion", law=ONE_YEAR)
