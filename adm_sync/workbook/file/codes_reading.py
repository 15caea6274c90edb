"""The codes of findings about the file, its sheets and its headers.

What belongs here: the entries of the catalogue for `reading`, `archive`, `parsing`, `table` and
`merged`. What does not: the rules themselves.
"""

from adm_sync.workbook.findings import Code

_REFUSED = (
    Code(
        "file_missing",
        "refused",
        "There is no file at the path given.",
        "a misspelt file name",
        "Check the path and the spelling.",
    ),
    Code(
        "file_is_folder",
        "refused",
        "The path is that of a folder.",
        "the inbox itself instead of a workbook in it",
        "Give the path of the workbook.",
    ),
    Code(
        "file_unreadable",
        "refused",
        "The file is there, but cannot be read.",
        "a file that only its owner may read",
        "Check who may read the file, and whether its drive is there.",
    ),
    Code(
        "lock_file",
        "refused",
        "The file only marks a workbook as open; it holds no events.",
        "~$events.xlsx",
        "Close the workbook and import it under its own name.",
    ),
    Code(
        "changed_while_reading",
        "refused",
        "The file changed while it was read.",
        "a workbook that is still being copied",
        "Wait until it is saved or copied completely, and import it again.",
    ),
    Code(
        "not_a_workbook",
        "refused",
        "The file is empty, or of another kind than an Excel workbook.",
        "a CSV or Word file whose name ends in .xlsx",
        "Open it in Excel and save it as an Excel Workbook (.xlsx).",
    ),
    Code(
        "old_format",
        "refused",
        "The file is in the Excel format of before 2007, whatever its name says.",
        "events.xls",
        "Open it in Excel and save it as an Excel Workbook (.xlsx).",
    ),
    Code(
        "encrypted",
        "refused",
        "A password is needed to open the file.",
        "a workbook saved with a password",
        "Remove the password in Excel and save it.",
    ),
    Code(
        "damaged_file",
        "refused",
        "The file is incomplete or broken inside.",
        "a download that stopped half-way",
        "Open it in Excel, let Excel repair it, and save it.",
    ),
    Code(
        "too_large",
        "refused",
        "The file, or what it unpacks to, is larger than allowed, or reading it takes more "
        "memory than allowed.",
        "a workbook of 40 megabytes full of pictures",
        "Copy the sheet of events into a new workbook, split it, or raise "
        "ADM_SYNC_WORKBOOK_MEGABYTES.",
    ),
    Code(
        "suspicious_file",
        "refused",
        "The file is built as no ordinary workbook is, and might be meant to do harm.",
        "a small file that unpacks to a thousand times its size",
        "Copy the sheet of events into a new workbook.",
    ),
    Code(
        "too_many_rows",
        "refused",
        "The workbook has more rows of data than allowed; blank rows do not count.",
        "120,000 rows where 100,000 are allowed",
        "Split it into several workbooks, or raise ADM_SYNC_WORKBOOK_ROWS.",
    ),
    Code(
        "too_many_columns",
        "refused",
        "Something stands far to the right of where any column of the workbook is.",
        "a stray value in column XFD",
        "Delete what stands far to the right.",
    ),
    Code(
        "too_slow",
        "refused",
        "Reading the workbook took longer than allowed.",
        "a sheet of millions of formatted, empty cells",
        "Copy the sheet of events into a new workbook, or raise ADM_SYNC_WORKBOOK_SECONDS.",
    ),
    Code(
        "reading_failed",
        "refused",
        "The process that reads workbooks ended before its time.",
        "a machine that is short of memory",
        "Import it again; if that fails too, copy the sheet of events into a new workbook.",
    ),
    Code(
        "no_event_sheet",
        "refused",
        "No sheet has the headers of the workbook of events.",
        "a workbook with a list of tutors only",
        "Use the template's headers.",
    ),
    Code(
        "ambiguous_sheet",
        "refused",
        "More than one sheet has the headers of events, and none is called Import.",
        "the sheets April and September",
        "Call one of them Import, or name the one to import.",
    ),
    Code(
        "unknown_sheet",
        "refused",
        "The workbook has no sheet of the name given.",
        "Imports instead of Import",
        "Name one of the sheets that the message lists.",
    ),
    Code(
        "hidden_sheet",
        "refused",
        "The only sheet with the headers of events is hidden.",
        "a hidden sheet Import",
        "Unhide it in Excel, or name it to import it nevertheless.",
    ),
    Code(
        "missing_headers",
        "refused",
        "Required headers are missing; the message lists all of them.",
        "Evnt title instead of Event title",
        "Correct the headers or add the columns. For a workbook with headers of its own, adm-sync "
        "columns FILE proposes how they are to be read.",
    ),
    Code(
        "merged_headers",
        "refused",
        "Merged cells in the row of headers hide headers that are required.",
        "the cells H1:I1 merged under one header",
        "Unmerge them and fill in every header.",
    ),
    Code(
        "double_header",
        "refused",
        "A header stands over two columns, so either could be meant.",
        "Location in the columns E and AJ",
        "Rename or delete the column that is not meant.",
    ),
)

_ERRORS = (
    Code(
        "merged_cells",
        "error",
        "Cells of a row of data are merged, so all but one of them are empty.",
        "the cells F4:F6 merged for one venue",
        "Unmerge them and fill in every cell.",
    ),
)

_WARNINGS = (
    Code(
        "open_elsewhere",
        "warning",
        "A lock file stands beside the workbook, as while it is open in Excel.",
        "~$events.xlsx beside events.xlsx",
        "Save and close it, and import it again if it had changes.",
    ),
    Code(
        "macros_ignored",
        "warning",
        "The workbook holds macros; they are not run.",
        "events.xlsm",
        "Nothing, unless a macro fills in cells: then run it in Excel and save.",
    ),
    Code(
        "hidden_sheet_used",
        "warning",
        "The sheet is hidden in Excel; it is read because it was named.",
        "a hidden sheet Import, named on the command line",
        "Make sure that it is the one that is meant.",
    ),
    Code(
        "other_event_sheet",
        "warning",
        "Besides the sheet Import, which is read, others have the headers of events.",
        "the sheets Import and September",
        "Import them by name if their events are wanted.",
    ),
    Code(
        "merged_header",
        "warning",
        "Header cells are merged, but every required header was found.",
        "the cells AG1:AH1 merged",
        "Unmerge them.",
    ),
    Code(
        "unknown_column",
        "warning",
        "A header is none of the workbook's; its column is not read.",
        "Room number",
        "Nothing, unless the header is a misspelt one.",
    ),
    Code(
        "empty_header",
        "warning",
        "A column without a header holds something; it is not read.",
        "a remark in column AH",
        "Give the column a header, or move what it holds.",
    ),
    Code(
        "no_rows",
        "warning",
        "There are headers, but no rows of data below them.",
        "an empty template",
        "Fill it in.",
    ),
    Code(
        "repeated_header",
        "warning",
        "A row among the data repeats the headers; it is skipped.",
        "two workbooks pasted together",
        "Remove the row.",
    ),
    Code(
        "repeated_guidance",
        "warning",
        "A row among the data only says how to fill in the columns; it is skipped.",
        "DD/MM/YYYY under the dates, in the middle of the sheet",
        "Remove the row.",
    ),
    Code(
        "hidden_rows",
        "warning",
        "Rows are hidden or filtered out in Excel.",
        "a filter on Location",
        "Make sure that they are meant to be imported.",
    ),
    Code(
        "formatting_ignored",
        "warning",
        "Text is struck through or red; formatting means nothing to the import.",
        "a cancelled event struck through",
        "Put Y in the column Cancelled of events that are cancelled.",
    ),
    Code(
        "formulas_used",
        "warning",
        "Cells hold formulas; the values that Excel saved with them are taken.",
        "=B4 in Session title",
        "Open and save the workbook in Excel if they might be out of date.",
    ),
)

CODES: tuple[Code, ...] = (*_REFUSED, *_ERRORS, *_WARNINGS)
