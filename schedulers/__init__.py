"""The schedulers know when, and nothing else."""
