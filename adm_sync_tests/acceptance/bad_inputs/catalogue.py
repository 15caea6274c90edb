"""The catalogue of bad inputs, row by row as it stands, and where each row is tested.

What belongs here: the catalogue's words. Rows without the name of a test are cases of the one
workbook (`test_bad_inputs_rows`).
"""

from collections.abc import Mapping

from adm_sync_tests.acceptance.bad_inputs import (
    reference_cases,
    row_cases,
    text_cases,
    time_cases,
    value_cases,
)

FILES = {
    "path does not exist / is a folder / no permission": (
        "test_path_does_not_exist_or_is_a_folder_or_may_not_be_read"
    ),
    "zero-byte file": "test_zero_byte_file",
    "`.xls` (BIFF) renamed or not": "test_xls_biff_renamed_or_not",
    "password-protected (OLE container)": "test_password_protected",
    "truncated zip / bad XML part": "test_truncated_zip_or_bad_xml_part",
    "zip bomb / 1 M rows / 500 MB": "test_zip_bomb_or_a_million_rows_or_500_megabytes",
    "`.xlsm` with macros": "test_xlsm_with_macros",
    "file open in Excel (`~$…` lock file given, or being written)": (
        "test_file_open_in_excel_or_being_written"
    ),
    "external links / data connections": "test_external_links_and_data_connections",
    "strict OOXML or LibreOffice-written file": "test_strict_ooxml_or_libreoffice_written_file",
    "1904 date system": "test_1904_date_system",
    "inflated used range (blank formatted rows; 284 in the real file)": "test_inflated_used_range",
}
SHEETS = {
    "several sheets, data not on the first / sheet renamed": (
        "test_several_sheets_data_not_on_the_first_or_sheet_renamed"
    ),
    "hidden or very-hidden sheet holds the data": (
        "test_hidden_or_very_hidden_sheet_holds_the_data"
    ),
    "missing mandatory column(s)": "test_missing_mandatory_columns",
    "header with case/underscore/double space/NBSP/newline": (
        "test_header_with_case_underscore_double_space_nbsp_or_newline"
    ),
    "empty header with data below (column AH of the usual template)": (
        "test_empty_header_with_data_below"
    ),
    "unknown extra column": "test_unknown_extra_column",
    "columns re-ordered": "test_columns_re_ordered",
    "guidance rows 2-3 deleted, or one extra title row above": (
        "test_guidance_rows_deleted_or_an_extra_title_row"
    ),
    "merged header cells": "test_merged_header_cells",
    "header is a formula or rich text": "test_header_is_a_formula_or_rich_text",
}
ROWS = {
    row_cases.ORPHAN: "",
    row_cases.INVALID: "",
    row_cases.BLANKED: "",
    row_cases.PREFIX: "",
    row_cases.DAYS: "",
    "more sessions than Administrate created from template": (
        "test_more_sessions_than_administrate_created_from_template"
    ),
    "fewer sessions than the template creates": "test_fewer_sessions_than_the_template_creates",
    row_cases.TWICE: "",
    "duplicate of an event already imported": "test_duplicate_of_an_event_already_imported",
    "hidden or filtered-out row": "test_hidden_or_filtered_out_row_is_processed_with_a_warning",
    'strikethrough / red row meaning "cancelled"': (
        "test_strikethrough_or_red_row_meaning_cancelled"
    ),
    row_cases.CANCELLED: "",
    row_cases.NOTE: "",
    row_cases.BLANK: "",
    row_cases.LONG: "",
    row_cases.NO_VALUE: "",
    row_cases.VALUE: "",
    row_cases.NUMERIC: "",
}
TEXTS = dict.fromkeys(
    (
        text_cases.SPACES,
        text_cases.NARROW,
        text_cases.ACCENTS,
        text_cases.FOLDED,
        text_cases.ALIKE,
        text_cases.CASELESS,
        text_cases.LITERAL,
        text_cases.FORMULA,
        text_cases.CONTROLS,
        text_cases.MOJIBAKE,
    ),
    "",
)
TIMES = dict.fromkeys(
    (
        time_cases.SERIAL,
        time_cases.TEXT,
        time_cases.AMBIGUOUS,
        time_cases.US,
        time_cases.NO_DAY,
        time_cases.YEAR,
        time_cases.PARTS,
        time_cases.TIMES,
        time_cases.FRACTION,
        time_cases.DURATION,
        time_cases.MISSING,
        time_cases.ORDER,
        time_cases.LMS_END,
        time_cases.TWICE,
        time_cases.ZONE,
        time_cases.WINDOW,
        time_cases.FAR,
        time_cases.FINAL,
        time_cases.OFF,
    ),
    "",
)
VALUES = dict.fromkeys(
    (
        value_cases.PLACES,
        value_cases.WEB_SALE,
        value_cases.URL,
        value_cases.SITTING,
        value_cases.MODE,
    ),
    "",
)
REFERENCES = dict.fromkeys(
    (
        reference_cases.UNKNOWN,
        reference_cases.ONE_SIDE,
        reference_cases.TWO,
        reference_cases.BLANK,
        reference_cases.SEVERAL,
        reference_cases.SURNAME,
        reference_cases.NAMES,
        reference_cases.INACTIVE,
        reference_cases.SAME,
        reference_cases.ADMINISTRATOR,
        reference_cases.PRODUCT,
    ),
    "",
)
# The rows of each section that are in it, and the test of each that has one of its own.
CATALOGUE: Mapping[str, str] = {
    **FILES,
    **SHEETS,
    **ROWS,
    **TEXTS,
    **TIMES,
    **VALUES,
    **REFERENCES,
}
