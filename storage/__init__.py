"""Storage remembers what we were told and what we did; it imports nobody."""
