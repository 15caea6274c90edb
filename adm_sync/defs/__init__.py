"""The only package that imports Dagster: assets, checks, jobs, schedules, thin around the core."""

import warnings

import dagster as dg

# Results of checks by partition are a preview, and the tests say whether they still work.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)
warnings.filterwarnings("ignore", category=dg.BetaWarning)
