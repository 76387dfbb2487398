"""The handlers know what to do; plain functions, no network, no waiting."""
