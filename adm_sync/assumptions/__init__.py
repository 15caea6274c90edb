"""What the project takes for granted of a tenant, and asking the tenant whether it is so.

What belongs here: every such assumption, once: what is asked, how the answer is judged, and what
the project does where it does not hold (`declared`); the tenant as it is asked (`asking`); the
trial with one event of its own (`trial`); and the report for whoever maintains the project
(`report`). What does not: doing anything by what was found.

Of what a tenant answers nothing is kept but numbers, forms, and words of its schema: no record, no
name, no id.
"""
