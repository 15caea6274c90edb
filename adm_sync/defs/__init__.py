"""The only package that imports Dagster: assets, checks, jobs, schedules, thin around the core."""
