"""The desk: pages for whoever has only a browser, beside Dagster's own.

What belongs here: requests, forms, templates, who may what. What does not: any work, any SQL. All
that a page says or does is a function of the core that the command line calls too; work that takes
longer than a moment is the project's own command, started by `actions`.

A page group is one module of `pages` that is named in `pages.MODULES`. It has

    ROUTES = (
        page("/decisions", listed, Role.LOOK),
        action("/decisions/{number:number}/withdraw", withdraw, Role.DECIDE),
    )
    MENU = MenuEntry("/decisions", "Decisions")     (or None)

and its templates in `templates`, which extend `base.html` and use `macros.html`. `page` answers
GET, `action` answers POST; each names the least role that may. A handler takes a `Visit` and gives
a response; one that is no coroutine runs in a thread, so it may wait for the database:

    def withdraw(visit: Visit) -> Response:
        with visit.transaction() as connection:
            withdrawn = choosing.take_back(connection, visit.path["number"], visit.user.name)
        return visit.to("/decisions", str(withdrawn))

- `visit.user.name` is who decides, and goes into every row; `visit.may(Role.PLAN)` is for what a
  page offers (templates: `may.plan`, `may.decide`). The server checks the route's role itself.
- `visit.text("why")` is a field of the form, `visit.query` what stands behind the `?`;
  `visit.form` holds files, too. Within a form of a template, `{{ token() }}` is needed; requests of
  htmx carry the token by themselves.
- `visit.page("decisions.html", rows=rows)` shows a template, `visit.to(path, sentence)` leads on to
  a page that says the sentence once, `visit.download(...)` hands out a file.
- `visit.start("sync", "venues", "--no-prompt")` runs `adm-sync sync venues --no-prompt --json` as a
  process of its own on behalf of the user; `visit.to(work.address)` shows how it goes.
- `raise PageError(404, "sentence")` and any `AdmSyncError` end in a page with that sentence.
- An `action` takes forms of 64 kB; `largest=` says otherwise. With `reads_form=False` the handler
  is a coroutine that reads `visit.request.stream()` itself, and the token comes in `X-CSRF-Token`.
"""
