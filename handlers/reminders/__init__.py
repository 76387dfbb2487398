"""When somebody is reminded of a day; one file per kind of trigger, its days are data."""
