"""Run jobs through Slurm."""
