"""Whether bytes can be a workbook, and are safe to unpack.

What belongs here: what the first bytes and the directory of the zip archive tell. What does not:
unpacking anything (`package`).
"""

from io import BytesIO
from typing import NoReturn
from zipfile import BadZipFile, ZipFile, ZipInfo

from adm_sync.workbook.findings import Place, WorkbookRefused

UNPACKED_FACTOR = 20  # ordinary workbooks unpack to about eight times their size
MOST_MEMBERS = 5_000
# What compresses better than this is made to do harm; deflate ends at about 1,030.
HIGHEST_RATIO = 200
SMALLEST_SUSPICIOUS = 1_000_000
MEGABYTE = 1_000_000

_SAVE_AS = "Open it in Excel and save it as an Excel Workbook (.xlsx)."
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


def refuse(code: str, message: str, suggestion: str | None = None) -> NoReturn:
    """End the reading of a file with a finding about the file as a whole.

    Raises:
        WorkbookRefused: always.
    """
    raise WorkbookRefused(Place().error(code, message, suggestion))


def check_kind(name: str, data: bytes) -> None:
    """Make sure that the bytes begin as a zip archive, as every .xlsx does.

    Raises:
        WorkbookRefused: they are something else; says what, where that can be told.
    """
    if data.startswith(_ZIP):
        return
    if not data:
        refuse("not_a_workbook", f"{name} is empty: it holds 0 bytes.", "Send the file again.")
    if data.startswith(_OLE):
        _refuse_compound_file(name, data)
    if data.startswith(_OLD_EXCEL):
        _refuse_old_format(name)
    start = data[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    kind = next((words for first, words in _OTHER_BYTES if start.startswith(first.lower())), None)
    _refuse_kind(name, kind)


def _refuse_compound_file(name: str, data: bytes) -> NoReturn:
    if _ENCRYPTED in data:
        refuse(
            "encrypted",
            f"{name} is protected by a password, so it cannot be read.",
            "Open it in Excel, remove the password (File, Info, Protect Workbook) and save it.",
        )
    if any(stream in data for stream in _BIFF):
        _refuse_old_format(name)
    _refuse_kind(name, "an Office file of another kind")


def _refuse_old_format(name: str) -> NoReturn:
    refuse("old_format", f"{name} is in the old Excel format (.xls).", _SAVE_AS)


def _refuse_kind(name: str, kind: str | None) -> NoReturn:
    about = f": it is {kind}" if kind else ""
    refuse("not_a_workbook", f"{name} is not an Excel workbook{about}.", _SAVE_AS)


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
        refuse_damaged(name, "its zip archive is incomplete or broken")
    members = archive.infolist()
    _check_sizes(name, members, megabytes)
    _check_names(name, members)
    return archive


def refuse_damaged(name: str, reason: str) -> NoReturn:
    """End with the finding for a file that is broken inside.

    Raises:
        WorkbookRefused: always.
    """
    refuse(
        "damaged_file",
        f"{name} is damaged: {reason}.",
        "Open it in Excel, let Excel repair it, save it and send that file.",
    )


def _check_sizes(name: str, members: list[ZipInfo], megabytes: float) -> None:
    if len(members) > MOST_MEMBERS:
        refuse(
            "suspicious_file",
            f"{name} has {len(members):,} parts; a workbook has at most {MOST_MEMBERS:,}.",
            "Copy the sheet of events into a new workbook.",
        )
    most = megabytes * UNPACKED_FACTOR
    unpacked = sum(member.file_size for member in members) / MEGABYTE
    if unpacked > most:
        refuse(
            "too_large",
            f"{name} would unpack to {unpacked:,.0f} megabytes; {most:,.0f} are allowed.",
            "Copy the sheet of events into a new workbook, or raise ADM_SYNC_WORKBOOK_MEGABYTES.",
        )
    for member in members:
        if (
            member.file_size > SMALLEST_SUSPICIOUS
            and member.file_size > HIGHEST_RATIO * member.compress_size
        ):
            refuse(
                "suspicious_file",
                f"{name} holds a part that unpacks to more than {HIGHEST_RATIO} times its size, "
                "as no ordinary workbook does.",
                "Copy the sheet of events into a new workbook.",
            )


def _check_names(name: str, members: list[ZipInfo]) -> None:
    names = {member.filename.replace("\\", "/").lower() for member in members}
    if "[content_types].xml" in names:
        if "xl/workbook.bin" in names:
            _refuse_kind(name, "a binary workbook (.xlsb)")
        # The standard fixes no folder: what the main part is, its relation says (`package`).
        if "_rels/.rels" in names or any(one.startswith("xl/") for one in names):
            other = [words for part, words in _OTHER_MEMBERS if _has(names, part)]
            if not other or any(one.startswith("xl/") for one in names):
                return
    kind = next(
        (words for part, words in _OTHER_MEMBERS if _has(names, part)),
        "an ordinary zip archive",
    )
    _refuse_kind(name, kind)


def _has(names: set[str], start: str) -> bool:
    return any(one.startswith(start) for one in names)
