"""A local Administrate: a real HTTP GraphQL server to rehearse and to test against.

It stands alone: of the rest of the project it reads only the schema file. The map:

    record_types.py, identity.py   what is stored, and how ids are built
    store.py                       the records; bulk.py fills it
    schema.py, resolvers.py        the schema and how its fields get their values
    listing.py, filters.py, filter_fields.py, paging.py    lists
    mutations/                     what may be changed through the API
    execution.py                   executing a request quickly
    faults.py, faulty_answers.py   faults on demand
    calls.py, tokens.py, options.py    the log, OAuth, the switches
    application.py, side_doors.py, connections.py          HTTP
    server.py                      starting and stopping
    keeping.py                     the file of the records
"""

from adm_sync.sandbox.faults import Fault, Faults
from adm_sync.sandbox.identity import external_id
from adm_sync.sandbox.options import Options
from adm_sync.sandbox.server import Access, SandboxServer, joined, serve
from adm_sync.sandbox.store import Store

__all__ = [
    "Access",
    "Fault",
    "Faults",
    "Options",
    "SandboxServer",
    "Store",
    "external_id",
    "joined",
    "serve",
]
