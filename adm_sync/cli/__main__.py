"""`python -m adm_sync.cli`, the same as `adm-sync`."""

from adm_sync.cli.main import main

main()
