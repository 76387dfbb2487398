"""One file per way out to a person."""
