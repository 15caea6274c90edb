"""The sheet as it looks around a row."""

from adm_sync.imports.sheet_view import MOST_AROUND, ShownRow, views
from adm_sync.workbook.sheet import Book, Row, Sheet

HEADERS = Row(2, ("Title", "Max places", "Fee"))
ROWS = (
    HEADERS,
    Row(4, ("=1+1", 14, 0.5), displays=((2, "50%"),)),
    Row(5, ("<script>", None, "x" * 900), hidden=True),
)
VIEW = views(Book("a.xlsx", (Sheet("Events", "visible", ROWS),)), {"Events": 2})["Events"]


def test_rows_are_shown_as_excel_shows_them_with_blank_ones_between() -> None:
    assert VIEW.around(4, 2, 1) == [
        ShownRow(2, ("Title", "Max places", "Fee")),
        ShownRow(3, ()),
        ShownRow(4, ("=1+1", "14", "50%")),
        ShownRow(5, ("<script>", "", "x" * 199 + "…"), hidden=True),
    ]


def test_an_excerpt_has_the_marked_cells_with_their_neighbours_and_headers() -> None:
    wide = Row(9, tuple(f"cell {at}" for at in range(40)))
    header = Row(1, tuple(f"header {at}" for at in range(30)))
    sheet = Sheet("Events", "visible", (header, wide))
    view = views(Book("a.xlsx", (sheet,)), {"Events": 1})["Events"]

    excerpt = view.excerpt(9, {"AD"})

    assert [letter for letter, _ in excerpt.columns] == ["A", "B", "AB", "AC", "AD", "AE", "AF"]
    assert excerpt.columns[4:6] == [("AD", "header 29"), ("AE", "")]
    assert [row.number for row in excerpt.rows] == [7, 8, 9, 10, 11]
    assert excerpt.rows[2].cells == tuple(f"cell {at}" for at in (0, 1, 27, 28, 29, 30, 31))
    assert [letter for letter, _ in view.excerpt(9, ()).columns] == list("ABCDEF")
    assert VIEW.excerpt(4, {"A"}).rows[2] == ShownRow(4, ("=1+1", "14", "50%"))


def test_what_a_copy_says_of_the_check_before_is_left_out() -> None:
    headers = Row(1, ("adm_sync status", "adm_sync finding", "Code", "Title", "Venue"))
    row = Row(2, ("rejected", "No such venue.", "CB1", "London", "Bell Yard"))
    book = Book("a (checked).xlsx", (Sheet("Events", "visible", (headers, row)),))
    excerpt = views(book, {"Events": 1})["Events"].excerpt(2, {"E"})
    assert excerpt.columns == [("C", "Code"), ("D", "Title"), ("E", "Venue"), ("F", ""), ("G", "")]


def test_nobody_sees_more_than_some_rows_or_any_before_the_first() -> None:
    assert [one.number for one in VIEW.around(1, 5, 0)] == [1]
    assert len(VIEW.around(10_000, 10**9, 10**9)) == 2 * MOST_AROUND + 1
