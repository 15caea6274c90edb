"""What there is to tell now, and telling people of problems before they find out.

What belongs here: what there is to tell (`items`; `stored`, of our own database, with `workbooks`,
`causes` and `behind`; `watching`, of Dagster's) and all of it together (`today`); whom to tell of
problems (`addresses`), telling each of them once (`telling`), in which words (`words`); and the
answer to whoever handed in a workbook (`answering`, `workbook_letters`). What does not: judging an
import or a sync, which is done where they are; and when it is looked: Dagster's sensor, the desk
and the commands do that.
"""
