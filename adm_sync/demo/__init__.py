"""A fictional tutorial company, on both sides, to try everything with.

What belongs here: the company, and where its two sides differ. What does not: anything that a
real tenant needs.
"""

from adm_sync.demo.administrate_side import fill_store
from adm_sync.demo.planted import PLANTED
from adm_sync.demo.tutorial_side import fill_tutorial

__all__ = ["PLANTED", "fill_store", "fill_tutorial"]
