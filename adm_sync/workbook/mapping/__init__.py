"""Headers of one's own: a file that says which headers of a workbook mean which columns.

What belongs here: reading and checking the file (`mapping`), reading a workbook by it (`applying`),
and proposing one (`proposing`). What does not: rules for cells. A mapped workbook is put into the
words of the table of columns before anything looks at it, and what is found is put back.
"""
