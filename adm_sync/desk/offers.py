"""What a command that was asked to show first would do, and what came of doing it.

What belongs here: reading that from the command's document, and the command that does it. What
does not: starting it (`pages.work`), and the buttons that ask (`pages`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adm_sync.desk.actions import Work
from adm_sync.imports.undo.wording import of_double, of_relink
from adm_sync.pages import WITHIN
from adm_sync.reference.decisions import Statement
from adm_sync.reference.entities import BY_NAME

DRY_RUN = "--dry-run"
# So many are shown, and done at once.
MOST = 200


@dataclass(frozen=True, slots=True)
class Offered:
    """One thing that would be done, was done, or is left.

    Attributes:
        record: what it is about.
        what: would become of it, or has.
        why: the reason, or what is to be known of it.
        id: by which the command knows it; empty if it is not to be chosen.
        external_id: in Administrate, where it has one.
        is_doubtful: whether it is chosen only by somebody who has looked.
    """

    record: str
    what: str
    why: str = ""
    id: str = ""
    external_id: str = ""
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class OfferedWork:
    """What is shown of such a command.

    Attributes:
        title: of its page.
        said: a sentence about all of it.
        things: what there is.
        label: of the button that does it.
        command: what that starts, before what was chosen.
        buttons: what can be done next: label, path and fields.
        is_whole: whether all of it is done or nothing; otherwise a person chooses.
    """

    title: str
    said: str
    things: Sequence[Offered]
    label: str
    command: tuple[str, ...]
    buttons: tuple[tuple[str, str, Mapping[str, str]], ...]
    is_whole: bool = False

    @property
    def shown(self) -> Sequence[Offered]:
        """As many as a page has."""
        return self.things[:MOST]

    @property
    def is_open(self) -> bool:
        """Whether there is something to do."""
        return bool(self.label) and (self.is_whole or any(one.id for one in self.shown))

    def options(self, chosen: Collection[str]) -> list[str]:
        """Those that name what was chosen, of what the page has."""
        return [f"--only={one.id}" for one in self.shown if one.id and one.id in chosen]


def came_from(work: Work) -> tuple[str, str]:
    """The page that a command is about: what a link to it says, and its address."""
    match work.arguments:
        case ("reconcile", "--sitting", sitting, *_):
            return f"To the sitting {sitting}", WITHIN.reconcile(sitting)
        case ("reconcile", *_):
            return "To Reconcile", WITHIN.reconcile()
        case ("sync" | "create-missing", entity, *_) if entity in BY_NAME:
            return f"To the unmatched {BY_NAME[entity].many}", WITHIN.unmatched(entity)
        case ("release", entity, *_):
            return "To what is held", WITHIN.held(entity)
        case ("push" | "import-events" | "undo", *_, "--", partition):
            return f"To {partition}", WITHIN.one_import(partition)
        case ("decide", *_):
            return "To the decisions", WITHIN.decisions()
    return "To Today", "/"


def offer_of(work: Work) -> OfferedWork | None:
    """What a command has shown or done that shows first; None if it is no such one, or not over."""
    document = work.document
    if document is None or not work.arguments:
        return None
    match work.arguments[0]:
        case "reconcile" if "doubles" in document:
            return _doubles(work, document["doubles"])
        case "reconcile" if "relinked" in document:
            return _relinks(work, document["relinked"])
        case "create-missing" if document["entity"]:
            return _missing(work, document)
        case "decide" if document["file"]:
            return _decisions(work, document)
    return None


def _doubles(work: Work, found: Sequence[Mapping[str, Any]]) -> OfferedWork:
    return _of_events(
        work,
        found,
        [of_double(one["outcome"], one["stays"], one["reason"]) for one in found],
        title="Events that are there more than once",
        said="Removed is only a draft that nobody booked or changed, never the one that is linked "
        "here, and of several the younger. Each is looked at again in the moment before.",
        label="Remove from Administrate",
    )


def _relinks(work: Work, found: Sequence[Mapping[str, Any]]) -> OfferedWork:
    offer = _of_events(
        work,
        found,
        [of_relink(one["outcome"], one["instead_of"], one["reason"]) for one in found],
        title="Events of which the linked one is gone",
        said="What is left in Administrate is linked instead of what was deleted or cancelled "
        "there. Each is looked at again in the moment before.",
        label="Link what is left",
    )
    if all(one["outcome"] != "linked" for one in found):
        return offer
    push = ("Push what they need there", "/today/run", {"command": "push"})
    return replace(offer, buttons=(*offer.buttons, push))


def _of_events(
    work: Work,
    found: Sequence[Mapping[str, Any]],
    words: Sequence[str],
    *,
    title: str,
    said: str,
    label: str,
) -> OfferedWork:
    things = [
        Offered(
            one["title"],
            what,
            one["reason"],
            one["external_id"] if one["outcome"] == "planned" and not one["reason"] else "",
            one["external_id"],
        )
        for one, what in zip(found, words, strict=True)
    ]
    return OfferedWork(
        title,
        said if found else "There are none.",
        things,
        label,
        (*_without_dry_run(work), "--yes"),
        () if _is_shown(work) else (_compare_anew(work),),
    )


def _compare_anew(work: Work) -> tuple[str, str, Mapping[str, str]]:
    match work.arguments:
        case (_, "--sitting", sitting, *_):
            return "Compare anew", f"{WITHIN.reconcile(sitting)}/compare", {}
    return "Compare anew", WITHIN.reconcile(), {"which": "all"}


def _missing(work: Work, document: Mapping[str, Any]) -> OfferedWork:
    entity, is_shown = BY_NAME[document["entity"]], _is_shown(work)
    if is_shown:
        things = [_not_there(one, possible=document["possible"]) for one in document["missing"]]
    else:
        things = [
            Offered(one["label"], one["outcome"], one["message"], "", one["external_id"] or "")
            for one in document["done"]
        ]
    if not is_shown:
        said = ""
    elif not things:
        said = f"No tutorial {entity.one} is unmatched, as of the last sync."
    elif document["possible"]:
        said = "Each is looked up first, so that nothing is created that is there already."
    else:
        said = "Enter in Administrate what stands beside each, then sync."
    here = WITHIN.unmatched(entity.name)
    return OfferedWork(
        f"{entity.title} that are missing in Administrate",
        said,
        things,
        "Create in Administrate",
        (*_without_dry_run(work), "--yes"),
        ((f"Sync the {entity.many} now", f"{here}/sync", {}),),
    )


def _not_there(one: Mapping[str, Any], *, possible: bool) -> Offered:
    near = f"{one['near']}; link it if it is the same." if one["near"] else ""
    fields = [f"{name} «{value}»" for name, value in one["fields"].items()]
    how = ", ".join(fields) if possible else "; ".join(one["by_hand"])
    known = "; ".join(filter(None, (how, near)))
    if not possible:
        return Offered(one["label"], "to be entered by hand", known)
    number, is_doubtful = str(one["tutorial_id"]), one["doubtful"]
    return Offered(one["label"], "would be created", known, number, is_doubtful=is_doubtful)


_SAYS = ("kind", "entity", "tutorial_id", "external_id")


def _decisions(work: Work, document: Mapping[str, Any]) -> OfferedWork:
    is_shown, found, decided = _is_shown(work), document["findings"], document["decisions"]
    new = [one for one in decided if one["is_new"]]
    if found:
        things = [Offered(_place(one), one["message"], one["suggestion"] or "") for one in found]
        said = "Nothing is decided: correct these, and upload the list again."
    else:
        things = [_decision(one, is_shown=is_shown) for one in decided]
        # Two rows may be the two sides of one pair.
        made = {tuple(one[name] for name in _SAYS) for one in new}
        said = f"{len(made)} {'would be' if is_shown else 'are'} decided"
        said += f", {len(decided) - len(new)} were decided so already."
        said = said if decided else "No row holds a decision, so nothing is decided."
    sync: list[tuple[str, str, Mapping[str, str]]] = [
        (f"Sync the {BY_NAME[one].many} now", f"{WITHIN.unmatched(one)}/sync", {})
        for one in sorted({one["entity"] for one in new})
    ]
    return OfferedWork(
        f"Decisions of {work.file}",
        said,
        things,
        "Decide all of it" if new else "",
        _without_dry_run(work),
        () if is_shown else tuple(sync),
        is_whole=is_shown,
    )


def _place(finding: Mapping[str, Any]) -> str:
    if finding["row"] is None:
        return "The file"
    return f"Row {finding['row']}, column {finding['column']}"


def _decision(one: Mapping[str, Any], *, is_shown: bool) -> Offered:
    said = Statement(one["kind"], BY_NAME[one["entity"]], one["tutorial_id"], one["external_id"])
    what = str(said) if one["is_new"] else f"{said} (decided so already)"
    reason = f"Reason: {one['why']}" if one["why"] else ""
    why = " ".join(filter(None, (one["effect"] if is_shown else "", reason)))
    return Offered(f"Row {one['row']}: {one['label']}", what, why)


def _is_shown(work: Work) -> bool:
    return DRY_RUN in work.arguments


def _without_dry_run(work: Work) -> tuple[str, ...]:
    return tuple(one for one in work.arguments if one != DRY_RUN)
