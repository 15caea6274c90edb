"""The page on which a person sees an event, where Administrate has its own.

What belongs here: all events, readable, each at the anchor that Administrate's addresses have. What
does not: changing anything.
"""

from collections.abc import Iterator
from html import escape

from starlette.responses import HTMLResponse

from adm_sync.sandbox.identity import number_of
from adm_sync.sandbox.store import Store, StoredRecord

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Events of the sandbox</title><style>
body {{ font: 100%/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; }}
article {{ padding: .3rem .6rem; border-bottom: 1px solid #c9d1d9; }}
article:target {{ background: #fff4d6; outline: 2px solid #b7791f; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }} dd {{ margin: 0; }}
</style></head><body><h1>Events of the sandbox</h1>
<p>It stands in for Administrate: {count} of them.</p>
{events}
</body></html>
"""
_FIELDS = ("lifecycleState", "classroomStart", "classroomEnd", "lmsStart", "lmsEnd", "maxPlaces")


def event_page(store: Store) -> HTMLResponse:
    """All events, each with its sessions and its staff."""
    with store.lock:
        events = [_event(store, one) for one in store.records("Event")]
    return HTMLResponse(_PAGE.format(count=len(events), events="\n".join(events)))


def _event(store: Store, event: StoredRecord) -> str:
    told = _told(store, event)
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told)
    anchor = escape(f"/events/events/{number_of(event['id'])}")
    return f'<article id="{anchor}"><h2>{escape(str(event["title"]))}</h2><dl>{rows}</dl></article>'


def _told(store: Store, event: StoredRecord) -> Iterator[tuple[str, str]]:
    for name in _FIELDS:
        if event.get(name) is not None:
            yield name, str(event[name])
    for name in ("location", "venue"):
        if event.get(name):
            yield name, str(store.get(event[name])["name"])
    yield "staff", _staff(store, "event", event)
    for session in store.children("Session", "event", event["id"]):
        told = f"{session['start']} to {session['end']}; {_staff(store, 'session', session)}"
        yield str(session["title"]), told


def _staff(store: Store, of: str, record: StoredRecord) -> str:
    people = [store.get(one["contact"]) for one in store.children("Staff", of, record["id"])]
    names = (f"{one.get('firstName') or ''} {one.get('lastName') or ''}".strip() for one in people)
    return ", ".join(names) or "nobody"
