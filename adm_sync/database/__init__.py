"""PostgreSQL: the connection, the tables, the migrations, the locks. The only place with SQL.

What belongs here: everything that speaks to PostgreSQL. What does not: deciding what to write.
"""
