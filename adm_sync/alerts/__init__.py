"""Telling people what is wrong before they find out.

What belongs here: what counts as a problem now (`problems`, of what is stored; `watching`, of what
should have run and did not), whom to tell (`addresses`), telling each of them once (`telling`), in
which words (`words`), and the answer to whoever dropped a workbook (`answering`). What does not:
judging an import or a sync, which is done where they are; and when it is looked: Dagster's sensor
and the commands do that.
"""
