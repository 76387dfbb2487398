"""What a letter says: bytes and texts in, one Reading out; pure, and it never raises."""
