"""The command line: `adm-sync`.

What belongs here: arguments, help, exit statuses. What does not: any work; heavy modules are
imported in the commands that need them, so that help is quick.
"""

from adm_sync.cli.main import main

__all__ = ["main"]
