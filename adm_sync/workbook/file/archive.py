"""Whether bytes can be a workbook, and are safe to unpack.

What belongs here: what the first bytes and the directory of the zip archive tell. What does not:
unpacking anything (`package`).
"""

from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from adm_sync.workbook.findings import Finding, WorkbookRefused, refusal

UNPACKED_FACTOR = 20  # ordinary workbooks unpack to about eight times their size
MOST_MEMBERS = 5_000
# What compresses better than this is made to do harm; deflate ends at about 1,030.
HIGHEST_RATIO = 200
SMALLEST_SUSPICIOUS = 1_000_000
MEGABYTE = 1_000_000

_SAVE_AS = "Open it in Excel and save it as an Excel Workbook (.xlsx)."
NOT_A_WORKBOOK = refusal(
    "not_a_workbook",
    "{name} is not an Excel workbook{about}.",
    "a CSV or Word file whose name ends in .xlsx, or an empty file",
    _SAVE_AS,
)
OLD_FORMAT = refusal(
    "old_format",
    "{name} is in the old Excel format (.xls).",
    "events.xls, whatever its name says",
    _SAVE_AS,
)
ENCRYPTED = refusal(
    "encrypted",
    "{name} is protected by a password, so it cannot be read.",
    "a workbook saved with a password",
    "Open it in Excel, remove the password (File, Info, Protect Workbook) and save it.",
)
DAMAGED_FILE = refusal(
    "damaged_file",
    "{name} is damaged: {reason}.",
    "a download that stopped half-way",
    "Open it in Excel, let Excel repair it, save it and send that file.",
)
TOO_LARGE = refusal(
    "too_large",
    "{name} has {size:,.1f} megabytes; {most:,g} are allowed.",
    "a workbook of 40 megabytes full of pictures",
    "Copy the sheet of events into a new workbook, split it, or raise ADM_SYNC_WORKBOOK_MEGABYTES.",
    note="Or what it unpacks to is too large, or reading it takes more memory than allowed.",
)
SUSPICIOUS_FILE = refusal(
    "suspicious_file",
    "{name} {what}.",
    "a small file that unpacks to a thousand times its size",
    "Copy the sheet of events into a new workbook.",
    note="It is built as no ordinary workbook is, and might be meant to do harm.",
)

_ZIP = b"PK"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_OLD_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")
# The names of the streams of a compound file, as its directory spells them.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BIFF = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_OTHER_BYTES = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"Rar!", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"<?xml", "an XML file"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<table", "a web page"),
)
_OTHER_MEMBERS = (
    ("word/", "a Word document"),
    ("ppt/", "a PowerPoint presentation"),
    ("xl/workbook.bin", "a binary workbook (.xlsb)"),
    ("content.xml", "an OpenDocument file"),
)


def check_kind(name: str, data: bytes) -> None:
    """Make sure that the bytes begin as a zip archive, as every .xlsx does.

    Raises:
        WorkbookRefused: they are something else; says what, where that can be told.
    """
    if data.startswith(_ZIP):
        return
    if not data:
        raise WorkbookRefused(empty(name))
    if data.startswith(_OLE):
        raise WorkbookRefused(_compound_file(name, data))
    if data.startswith(_OLD_EXCEL):
        raise WorkbookRefused(OLD_FORMAT(name=name))
    start = data[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    kind = next((words for first, words in _OTHER_BYTES if start.startswith(first.lower())), None)
    raise WorkbookRefused(_other_kind(name, kind))


def empty(name: str) -> Finding:
    """What there is to say about a file without a byte."""
    return NOT_A_WORKBOOK.saying(f"{name} is empty: it holds 0 bytes.", "Send the file again.")


def _compound_file(name: str, data: bytes) -> Finding:
    if _ENCRYPTED in data:
        return ENCRYPTED(name=name)
    if any(stream in data for stream in _BIFF):
        return OLD_FORMAT(name=name)
    return _other_kind(name, "an Office file of another kind")


def _other_kind(name: str, kind: str | None) -> Finding:
    return NOT_A_WORKBOOK(name=name, about=f": it is {kind}" if kind else "")


def open_archive(name: str, data: bytes, megabytes: float) -> ZipFile:
    """Open the zip archive of a workbook after a look at its directory; nothing is unpacked.

    Args:
        name: of the file, for messages.
        data: its bytes.
        megabytes: the limit for the file; unpacked it may be `UNPACKED_FACTOR` times that.

    Raises:
        WorkbookRefused: it is damaged, not a workbook, too large or made to do harm.
    """
    try:
        archive = ZipFile(BytesIO(data))
    # The directory of a damaged archive ends in any of these, by where the damage is.
    except (BadZipFile, EOFError, ValueError, OverflowError, NotImplementedError, OSError):
        reason = "its zip archive is incomplete or broken"
        raise WorkbookRefused(DAMAGED_FILE(name=name, reason=reason)) from None
    members = archive.infolist()
    _check_sizes(name, members, megabytes)
    _check_names(name, members)
    return archive


def _check_sizes(name: str, members: list[ZipInfo], megabytes: float) -> None:
    if len(members) > MOST_MEMBERS:
        what = f"has {len(members):,} parts; a workbook has at most {MOST_MEMBERS:,}"
        raise WorkbookRefused(SUSPICIOUS_FILE(name=name, what=what))
    most = megabytes * UNPACKED_FACTOR
    unpacked = sum(member.file_size for member in members) / MEGABYTE
    if unpacked > most:
        message = f"{name} would unpack to {unpacked:,.0f} megabytes; {most:,.0f} are allowed."
        remedy = "Copy the sheet of events into a new workbook, or raise"
        raise WorkbookRefused(TOO_LARGE.saying(message, f"{remedy} ADM_SYNC_WORKBOOK_MEGABYTES."))
    for member in members:
        if (
            member.file_size > SMALLEST_SUSPICIOUS
            and member.file_size > HIGHEST_RATIO * member.compress_size
        ):
            what = f"holds a part that unpacks to more than {HIGHEST_RATIO} times its size"
            what += ", as no ordinary workbook does"
            raise WorkbookRefused(SUSPICIOUS_FILE(name=name, what=what))


def _check_names(name: str, members: list[ZipInfo]) -> None:
    names = {member.filename.replace("\\", "/").lower() for member in members}

    def has(start: str) -> bool:
        return any(one.startswith(start) for one in names)

    other = next((words for part, words in _OTHER_MEMBERS if has(part)), "")
    if "[content_types].xml" in names:
        if "xl/workbook.bin" in names:
            raise WorkbookRefused(_other_kind(name, "a binary workbook (.xlsb)"))
        # The standard fixes no folder: what the main part is, its relation says (`package`).
        if has("xl/") or ("_rels/.rels" in names and not other):
            return
    raise WorkbookRefused(_other_kind(name, other or "an ordinary zip archive"))
