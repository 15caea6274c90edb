"""Results as Dagster metadata.

What belongs here: every conversion from the core's values to `MetadataValue`. What does not:
deciding what a result means.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import dagster as dg

from adm_sync.database.journal import Discrepancy
from adm_sync.database.states import RunStatus
from adm_sync.pages import Pages, for_browsers, pages_of, with_pages
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.results import EntityResult
from adm_sync.settings import Settings

# Metadata is stored with every event and makes the UI slow when it is large.
ROWS_SHOWN = 100

_SCHEMA = dg.TableSchema(
    [
        dg.TableColumn("kind"),
        dg.TableColumn("record"),
        dg.TableColumn("tutorial id", type="int"),
        dg.TableColumn("Administrate id"),
        dg.TableColumn("detail"),
        dg.TableColumn("candidates"),
    ]
)


# A sign that Markdown, or HTML in it, takes for its own; within a word an underscore is none.
_MARKS = re.compile(r"[\\`*\[\]<>&~|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def in_markdown(sentence: str) -> str:
    """A sentence with names from outside, for what the UI reads as Markdown: a check's description.

    It shows every sign of it, on one line, and the pages of what it says to run.
    """
    return _MARKS.sub(r"\\\g<0>", " ".join(on_pages(sentence).split()))


def page_metadata(name: str, page: Callable[[Pages], str]) -> dict[str, dg.MetadataValue]:
    """A link to a page of the desk, if it is known where that is."""
    pages = pages_of(Settings.load())
    return {name: dg.MetadataValue.url(page(pages))} if pages else {}


def import_page(partition: str | None) -> dict[str, dg.MetadataValue]:
    """A link to the page of an import, or to that of all, if it is known where the desk is."""
    if partition is None:
        return page_metadata("see and act", lambda pages: pages.imports())
    return page_metadata("see and act", lambda pages: pages.one_import(partition))


def on_pages(sentence: str) -> str:
    """A sentence with the page of each command that it names, if it is known where the desk is."""
    if "adm-sync " not in sentence:
        return sentence
    return with_pages(for_browsers(sentence), pages_of(Settings.load()), frozenset(BY_NAME))


def result_metadata(
    result: EntityResult, listed: Path | str | None = None
) -> dict[str, dg.MetadataValue]:
    """Counts, times and the first discrepancies of one sync; what matters most comes first.

    `listed` is the path or URL of the file that holds all of the discrepancies.
    """
    metadata: dict[str, dg.MetadataValue] = {"dagster/row_count": dg.MetadataValue.int(result.rows)}
    if result.message:
        metadata["message"] = dg.MetadataValue.text(on_pages(result.message))
    if result.status == RunStatus.HELD:
        metadata |= page_metadata("see and release", lambda pages: pages.held(result.entity))
    metadata["open discrepancies"] = dg.MetadataValue.int(len(result.discrepancies))
    for name, count in {**result.counts(), "relinked": result.relinked}.items():
        metadata[name] = dg.MetadataValue.int(count)
    metadata["seconds"] = dg.MetadataValue.float(round(result.seconds, 3))
    metadata["own seconds"] = dg.MetadataValue.float(round(result.own_seconds, 3))
    if result.discrepancies:
        metadata["discrepancies"] = discrepancy_table(result.discrepancies)
        metadata |= page_metadata("see and decide", lambda pages: pages.unmatched(result.entity))
        metadata["all of them"] = dg.MetadataValue.md(f"`adm-sync unmatched {result.entity}`")
        if listed:
            metadata |= file_metadata("all of them, for a spreadsheet", listed)
    return metadata


def file_metadata(name: str, where: Path | str) -> dict[str, dg.MetadataValue]:
    """A file's path or URL, and its address in a browser if it has one."""
    metadata: dict[str, dg.MetadataValue] = {name: dg.MetadataValue.path(where)}
    settings = Settings.load().apart_from("adm_sync_storage_link")
    link = settings.adm_sync_storage_link
    # Whoever has no link needs no storage that is set right, as the demo does not.
    if link and str(where).startswith(storage := f"{settings.storage}/"):
        address = f"{link}/{quote(str(where).removeprefix(storage))}"
        metadata[f"{name}, in a browser"] = dg.MetadataValue.url(address)
    return metadata


def discrepancy_table(found: Sequence[Discrepancy]) -> dg.MetadataValue:
    """The first hundred as a table."""
    records = [
        dg.TableRecord(
            {
                "kind": one.kind.replace("_", " ").replace("administrate", "Administrate"),
                "record": one.label,
                "tutorial id": one.tutorial_id,
                "Administrate id": one.external_id,
                "detail": one.detail,
                "candidates": ", ".join(
                    f"{near['label']} ({near['external_id'] or near['tutorial_id']})"
                    for near in one.suggestions
                ),
            }
        )
        for one in found[:ROWS_SHOWN]
    ]
    return dg.MetadataValue.table(records, schema=_SCHEMA)
