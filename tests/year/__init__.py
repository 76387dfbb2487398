"""A simulated year of a municipality on the real handlers and storage, and a checker that believes nothing of it."""
