"""How one sandbox behaves, and what a request carries with it.

What belongs here: the switches, and the values that resolvers and mutations are given. What
does not: faults on demand (faults.py).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from graphql import GraphQLError

from adm_sync.sandbox.rewriting import stored_otherwise
from adm_sync.sandbox.store import Store

# Ten years: whatever has a fraction is a time.
MOST_SECONDS = 3e8


class RequestRefused(GraphQLError):
    """The whole request fails: HTTP 200 with errors and no data, as a wrong filter does."""


@dataclass(slots=True)
class Options:
    """Switches that may be changed while the sandbox runs.

    Where Administrate's behaviour is unknown, the default is a guess.
    """

    create_mutations: bool = True
    """Serve courseTemplate.create, contact.create, contact.createBatch and account.create."""
    page_cap: int = 100
    """A page never has more rows than this, whatever is asked."""
    default_page_size: int = 100
    """The rows of a page where `first` is left out."""
    latency: float = 0.0
    """Seconds that every GraphQL answer takes longer."""
    token_seconds: int = 3600
    """How long a token lives."""
    entity_types_refused: Collection[str] = ()
    """SupportsCustomField types whose customFieldTemplate answers an error and null."""
    custom_field_values: Literal["filled", "all"] = "filled"
    """Whether a record's customFieldValues list the filled ones or every definition."""
    delete_published_events: bool = True
    """Whether event.delete takes events that are not drafts."""
    most_mutations: int | None = None
    """A request with more mutations than this is refused as a whole."""
    approved_instructors_only: bool = True
    """Whether event staff must be on the template's list of approved instructors."""
    internal_notes: Literal["none", "classroom", "all"] = "classroom"
    """Which inputs of event.create… take internalNotes."""
    filters_refused: Collection[str] = ()
    """Filter fields (`createdAt`) with which a list answers a GraphQL error."""
    filters_ignored: Collection[str] = ()
    """Filter fields that let every record pass."""
    offset_ignored: bool = False
    """Whether a list begins with its first row whatever `offset` says."""
    order_kept: bool = True
    """Whether a list has the same order each time."""
    opaque_cursors: bool = False
    """Whether cursors have a form that nobody knows."""
    rate_headers: bool = False
    """Whether answers say how many requests are left."""
    token_life_said: bool = True
    """Whether a token says how long it lives."""
    clock_ahead: float = 0.0
    """Seconds that the tenant's clock is ahead of this machine's: in dates and in `Date`."""

    def change(self, **values: Any) -> None:
        """Change some of them.

        Raises:
            ValueError: there is no such option, or it has no such value; nothing is changed.
        """
        hints = get_type_hints(type(self))
        for name, value in values.items():
            if name not in hints:
                raise ValueError(f"There is no option {name}; there are {', '.join(hints)}.")
            if not _fits(value, hints[name]):
                raise ValueError(f"{name} cannot be {value!r}.")
        for name, value in values.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """All of them by name, as JSON has them."""
        values = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {
            name: sorted(value) if isinstance(value, (list, tuple, set, frozenset)) else value
            for name, value in values
        }


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value of JSON may stand where this type is wanted."""
    kind, inner = get_origin(hint), get_args(hint)
    if kind is Literal:
        return value in inner
    if kind is Collection:
        return isinstance(value, (list, tuple, set, frozenset))
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    if hint is float:
        return isinstance(value, (int, float)) and abs(value) <= MOST_SECONDS
    return isinstance(value, hint)


@dataclass(slots=True)
class RequestContext:
    """What resolvers and mutations work with.

    `refuse` and `warn` play payload errors on demand: the first rejects mutations of the request,
    the second lets them happen and reports an error beside the object; the keys say which mutation,
    None every one. `rewrites` are the details of faults that store something else than what was
    sent.
    """

    store: Store
    options: Options
    refuse: dict[int | None, str] = field(default_factory=dict)
    warn: dict[int | None, str] = field(default_factory=dict)
    mutations: int = 0
    rewrites: list[Mapping[str, Any]] = field(default_factory=list)
    added: list[str] = field(default_factory=list)

    def add(self, record_type: str, /, **fields: object) -> str:
        """Add a record to the store and remember that this request added it."""
        identifier = self.store.add(record_type, **fields)
        self.added.append(identifier)
        return identifier

    def as_stored(self, given: Any) -> Any:
        """An argument of a mutation, as this server takes it."""
        if not isinstance(given, dict) or not self.rewrites:
            return given
        labels = {item["key"]: item["label"] for item in self.store.all("CustomFieldDefinition")}
        for details in self.rewrites:
            given = stored_otherwise(given, details, labels)
        return given
