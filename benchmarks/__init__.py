"""What is measured by hand and never in tests: time and memory."""
