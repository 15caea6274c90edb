"""The way to Administrate: its GraphQL API over HTTP.

What belongs here: authorization, retries, pacing, paging, the GraphQL documents and the API's
schema. What does not: PostgreSQL, and what a record means to the tutorial company.
"""
