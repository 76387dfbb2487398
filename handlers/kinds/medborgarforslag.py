"""A medborgarförslag: a resident's proposal, where fullmäktige has allowed it (KL 8 kap. 1 §)."""

from handlers.kinds.kind import ONE_YEAR, Kind

KIND = Kind("medborgarforslag", "Medborgarförslag", over="medborgarförslag", law=ONE_YEAR)
