"""`/unmatched`: both sides of what does not match, and deciding about it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
import sqlalchemy as sa

from adm_sync.database.journal import Discrepancy, store_discrepancies
from adm_sync.database.operations import decisions
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.desk.visiting import (
    ADMIN,
    LOOKER,
    PROXY,
    ROLES,
    Browser,
    behind_proxy,
    opened_desk,
)

OTHER = "other@example.com"
HOSTILE = "<script>alert(1)</script>\u202e\u200b'\"&"
LIST = "/unmatched/instructors"


@pytest.fixture(scope="module")
def place(visit_synced: Visit) -> Iterator[Workplace]:
    with visit_synced() as place:
        roles = f"{ROLES}, {OTHER}"
        place.set(adm_sync_desk_auth="header", adm_sync_desk_proxies=PROXY)
        place.set(adm_sync_desk_roles=roles)
        yield place


@pytest.fixture(scope="module")
def browsers(place: Workplace) -> Iterator[dict[str, Browser]]:
    with opened_desk() as opened:
        opened[1].rates.at_once = 100_000
        yield {user: behind_proxy(*opened, user) for user in (ADMIN, OTHER, LOOKER)}


@pytest.fixture
def admin(place: Workplace, browsers: dict[str, Browser]) -> Iterator[Browser]:
    """Each test finds no decision."""
    yield browsers[ADMIN]
    place.execute("delete from adm_sync.decisions")


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def value_of(browser: Browser, label: str, path: str = LIST) -> str:
    """What the button of that label sends."""
    found = re.search(
        rf'value="([^"]+)"[^>]*aria-label="{re.escape(label)}"', browser.get(path).text
    )
    assert found, label
    return unescape(found[1])


def link(browser: Browser) -> str:
    return value_of(browser, "Link Katherine Ashdown with Katharine Ashdown")


def stored(place: Workplace) -> list[tuple[str, str, str]]:
    rows = place.execute(
        "select kind, who, why from adm_sync.decisions where withdrawn_at is null order by id"
    )
    return [tuple(row) for row in rows]


# ---------------------------------------------------------------------- what is shown


def test_the_overview_counts_what_is_open_of_each_entity(admin: Browser) -> None:
    text = text_of(admin.get("/unmatched").text)
    assert "Price levels" in text
    (row,) = re.findall(r"Instructors .*? succeeded", text)
    assert row.startswith("Instructors 1 ")


def test_both_sides_stand_beside_each_other_with_what_differs_marked(admin: Browser) -> None:
    html = admin.get(LIST).text
    assert "Kath<mark>e</mark>rine Ashdown" in html
    assert "Kath<mark>a</mark>rine Ashdown" in html
    assert "94 % alike" in html
    assert "Imogen Vale" in html


def test_a_page_shows_some_and_the_rest_follows(place: Workplace, admin: Browser) -> None:
    with place.engine.begin() as connection:
        many = [
            Discrepancy("unmatched_tutorial", f"tutorial {n}", f"Town {n}", tutorial_id=n)  # type: ignore[arg-type]
            for n in range(1000, 1120)
        ]
        store_discrepancies(connection, "locations", many, None, datetime.now(UTC))
    seen: list[str] = []
    path = "/unmatched/locations"
    while path:
        html = admin.get(path).text
        seen += re.findall(r"<bdi>(Town \d+)</bdi></h2>", html)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        path = unescape(following[1]) if following else ""
    assert seen == [f"Town {n}" for n in range(1000, 1120)]
    found = admin.get("/unmatched/locations?search=town+1042").text
    assert re.findall(r"<bdi>(Town \d+)</bdi></h2>", found) == ["Town 1042"]
    assert "<bdi>Town 1042</bdi></h2>" in admin.get("/unmatched/locations?search=1042").text
    nothing = "/unmatched/locations?search=%25&kind=unmatched_tutorial"
    assert "Nothing here matches that." in admin.get(nothing).text
    assert "Nothing here" in admin.get("/unmatched/locations?kind=drifted").text


@pytest.mark.parametrize(
    "path",
    ["?after=x", "?after=-1", "?kind=perhaps", f"?after={'9' * 30}", "?after=1%00"],
)
def test_an_address_that_says_nothing_is_refused(admin: Browser, path: str) -> None:
    assert admin.get(LIST + path).status_code == 400


def test_an_entity_that_is_not_there_is_not_found(admin: Browser) -> None:
    assert admin.get("/unmatched/rooms").status_code == 404


def test_names_of_others_are_text_and_what_cannot_be_seen_is_written_out(
    place: Workplace, admin: Browser
) -> None:
    near = {"tutorial_id": None, "external_id": "<i>:x", "label": HOSTILE, "detail": HOSTILE}
    found = Discrepancy(
        "unmatched_tutorial",  # type: ignore[arg-type]
        "tutorial 1",
        HOSTILE + "x" * 100_000,
        tutorial_id=1,
        detail=HOSTILE,
        suggestions=[{**near, "score": 70}],
    )
    with place.engine.begin() as connection:
        store_discrepancies(connection, "venues", [found], None, datetime.now(UTC))
    html = admin.get("/unmatched/venues").text
    (other,) = re.findall(r'href="(/unmatched/venues/\d+)"', html)
    html += admin.get(other).text
    assert "<script>alert" not in html
    assert "<i>" not in html
    assert "\u202e" not in html
    assert "⟨U+202E⟩⟨U+200B⟩" in html
    assert len(html) < 40_000


def test_what_is_gone_is_called_as_it_is_here_and_says_what_to_do(
    place: Workplace, admin: Browser
) -> None:
    [(number, code)] = place.execute("select id, code from acted.tutorial_course_templates limit 1")
    gone = Discrepancy("retained", "row 1", "Q291", tutorial_id=number, external_id="Q291")  # type: ignore[arg-type]
    with place.engine.begin() as connection:
        store_discrepancies(connection, "course_templates", [gone], None, datetime.now(UTC))
    html = admin.get("/unmatched/course_templates").text
    assert f"<bdi>{code}</bdi></h2>" in html
    assert "Find out who deleted it." in html
    assert "For those that are ticked" not in html  # none of them can be ticked


def test_a_link_that_stands_outlives_its_decision_and_that_is_said(
    place: Workplace, admin: Browser
) -> None:
    [(here, there)] = place.execute(
        "select tutorial_instructor_id, external_id from adm.instructors"
        " where tutorial_instructor_id is not null limit 1"
    )
    place.run("link", "instructors", str(here), there)
    [(number,)] = place.execute("select id from adm_sync.decisions where withdrawn_at is null")
    answer = admin.post(f"{LIST}/withdraw", number=str(number))
    assert "They stay linked" in text_of(admin.get(answer.headers["location"]).text)


def test_the_wrong_two_are_parted_from_wherever_their_link_is_seen(
    place: Workplace, admin: Browser, browsers: dict[str, Browser]
) -> None:
    [(here, there)] = place.execute(
        "select tutorial_instructor_id, external_id from adm.instructors"
        " where tutorial_instructor_id is not null limit 1"
    )
    history = f"/history/instructors/tutorial:{here}"
    ways = {"/decisions": "", history: ""}
    for kind in ("by a sync", "by decision"):
        if kind == "by decision":
            place.run("link", "instructors", str(here), there, "--why", HOSTILE)
        for path in ways:
            found = re.search(r'href="([^"]+/part[^"]+)"', admin.get(path).text)
            ways[path] = unescape(found[1]) if found else ""
        assert [*ways.values()] == (
            [ways[history]] * 2 if "decision" in kind else ["", ways[history]]
        )
        html = admin.get(ways[history]).text
        assert kind in text_of(html)
        assert "<script>alert" not in html
    assert "/part" not in browsers[LOOKER].get(history).text

    [(number,)] = place.execute("select id from adm_sync.decisions where withdrawn_at is null")
    answer = admin.post(f"/decisions/{number}/withdraw")
    assert answer.headers["location"].startswith(ways[history])
    place.run("link", "instructors", str(here), there)
    answer = admin.post(ways[history], why="by mistake")
    text = text_of(admin.get(answer.headers["location"]).text)
    assert "The next sync takes the link between them away, and none makes it again." in text
    assert stored(place) == [("never", ADMIN, "by mistake")]
    for wrong in ("", "?tutorial=7", "?tutorial=x&administrate=A", "?tutorial=7&administrate=%00"):
        assert admin.get(f"{LIST}/part{wrong}").status_code in {400, 409}
    assert admin.get("/unmatched/price_levels/part?tutorial=7&administrate=A").status_code == 404


def test_who_may_only_look_is_offered_nothing(browsers: dict[str, Browser]) -> None:
    html = browsers[LOOKER].get(LIST).text
    assert "Katherine" in text_of(html).replace(" e ", "e") or "Kath" in html
    assert "<button formaction" not in html
    assert 'name="chosen"' not in html


# ---------------------------------------------------------------------- deciding


def test_one_click_links_says_so_and_can_be_undone(place: Workplace, admin: Browser) -> None:
    sent = {"decide": link(admin), "why": "married", "back": "kind=unmatched_tutorial"}
    answer = admin.post(f"{LIST}/decide", **sent)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{LIST}?kind=unmatched_tutorial&note=")
    assert stored(place) == [("link", ADMIN, "married")]
    html = admin.get(answer.headers["location"]).text
    text = text_of(html)
    assert "is stored. The next sync links them." in text
    assert "1 decision was made or withdrawn since that sync began." in text
    assert f"by {ADMIN}" in text
    assert "married" in text

    (number,) = re.findall(r'name="number" value="(\d+)"', html)
    answer = admin.post(f"{LIST}/withdraw", number=number)
    assert "is withdrawn" in text_of(admin.get(answer.headers["location"]).text)
    assert stored(place) == []
    (row,) = place.execute("select withdrawn_by from adm_sync.decisions")
    assert row.withdrawn_by == ADMIN
    again = admin.post(f"{LIST}/withdraw", number=number)
    assert (again.status_code, "not in force" in again.text) == (409, True)


def test_after_a_decision_the_person_is_where_they_were(place: Workplace, admin: Browser) -> None:
    value = link(admin)
    at = "#r" + value.partition(":")[0]
    answer = admin.post(f"{LIST}/decide", decide=value, back="search=Kath")
    assert answer.headers["location"].startswith(f"{LIST}?search=Kath&note=")
    assert answer.headers["location"].endswith(at)

    html = admin.get(answer.headers["location"]).text
    assert f'id="{at[1:]}"' in html
    (path, number) = re.findall(r'formaction="([^"]+)" name="number" value="(\d+)"', html)[0]
    assert admin.post(path, number=number).headers["location"].endswith(at)


def test_a_record_that_no_name_is_near_is_linked_with_one_that_is_sought(
    place: Workplace, admin: Browser
) -> None:
    html = admin.get(LIST).text
    (path,) = re.findall(r'href="([^"]+)" aria-label="Katherine Ashdown: link it', html)
    text = text_of(admin.get(path).text)
    assert "Katharine Ashdown" in text
    assert "Name: Katherine Ashdown" in text
    assert "Katharine" not in admin.get(f"{path}?search=zz").text
    (other,) = re.findall(r'name="other" value="([^"]+)"', admin.get(f"{path}?search=ash").text)

    for sent in ({}, {"typed": "no id"}):
        assert "Nothing was done." in admin.post(f"{path}/link", **sent).text
    assert stored(place) == []
    by_id = admin.post(f"{path}/link", typed=unescape(other), why="renamed")
    assert "The next sync links them." in text_of(admin.get(by_id.headers["location"]).text)
    assert stored(place) == [("link", ADMIN, "renamed")]
    again = admin.post(f"{path}/link", other=unescape(other))
    assert "was made already" in text_of(admin.get(again.headers["location"]).text)
    assert admin.get(f"{LIST}/987654321").status_code == 404
    assert admin.post(f"{LIST}/987654321/link", typed="x").status_code == 404
    number = place.execute("select id from adm_sync.decisions where withdrawn_at is null")[0].id
    assert admin.post(f"{LIST}/withdraw?at=x", number=str(number)).status_code == 400
    assert len(stored(place)) == 1


def test_a_pair_that_is_not_the_same_is_offered_no_more(place: Workplace, admin: Browser) -> None:
    value = value_of(admin, "Never: Katherine Ashdown is not Katharine Ashdown")
    admin.post(f"{LIST}/decide", decide=value)
    assert "Link Katherine Ashdown with Katharine Ashdown" not in admin.get(LIST).text
    assert [kind for kind, _, _ in stored(place)] == ["never"]


def ticked(browser: Browser) -> list[str]:
    return re.findall(r'name="chosen" value="(\d+)"', browser.get(LIST).text)


def send(browser: Browser, path: str, **fields: object) -> object:
    token = browser.desk.signer.token(browser.user)
    return browser.send("POST", path, data={"csrf": token, **fields})


def test_several_are_shown_first_and_then_decided_together(
    place: Workplace, admin: Browser
) -> None:
    numbers = ticked(admin)
    assert len(numbers) >= 2
    shown = send(admin, f"{LIST}/preview", chosen=numbers, act="ignore", why="gone")
    assert "The next sync no longer lists it." in shown.text  # type: ignore[attr-defined]
    assert stored(place) == []
    values = re.findall(r'name="decide" value="([^"]+)"', shown.text)  # type: ignore[attr-defined]
    assert len(values) == len(numbers)
    assert 'value="gone"' in shown.text  # type: ignore[attr-defined]
    send(admin, f"{LIST}/decide", decide=[*map(unescape, values)], why="gone")
    assert stored(place) == [("ignore", ADMIN, "gone")] * len(numbers)


def test_both_sides_of_a_pair_are_one_decision(place: Workplace, admin: Browser) -> None:
    numbers = [
        number
        for number, name in re.findall(
            r'name="chosen" value="(\d+)" aria-label="Tick ([^"]+)"', admin.get(LIST).text
        )
        if name in {"Katherine Ashdown", "Katharine Ashdown"}
    ]
    assert len(numbers) == 2
    shown = send(admin, f"{LIST}/preview", chosen=numbers, act="link")
    assert "Decide this" in shown.text  # type: ignore[attr-defined]
    for name in ("Katherine Ashdown", "Katharine Ashdown"):
        assert f"<bdi>{name}</bdi>" in shown.text  # type: ignore[attr-defined]
    values = re.findall(r'name="decide" value="([^"]+)"', shown.text)  # type: ignore[attr-defined]
    (value,) = map(unescape, values)
    # The list has both, each with its own number.
    (other,) = {f"{one}:{value.partition(':')[2]}" for one in numbers} - {value}
    answer = send(admin, f"{LIST}/decide", decide=[value, other])
    said = text_of(admin.get(answer.headers["location"]).text)  # type: ignore[attr-defined]
    assert "is stored. The next sync links them." in said
    assert len(stored(place)) == 1


def test_what_is_decided_says_so_and_offers_only_to_undo_it(
    place: Workplace, admin: Browser
) -> None:
    admin.post(f"{LIST}/decide", decide=link(admin))
    html = admin.get(LIST).text
    assert html.count("Undo decision") == 2  # of the record here and of that there
    for label in ("Link Katherine", "Never: Katherine", "Ignore Katherine", "Tick Katherine"):
        assert f'aria-label="{label}' not in html

    place.execute("delete from adm_sync.decisions")
    (said, value) = re.findall(r'value="([^"]+)" class="quiet">(Link 12 to[^<]+)<', html)[0][::-1]
    admin.post(f"{LIST}/decide", decide=unescape(value))
    html = admin.get(LIST).text
    assert html.count("Undo decision") == 1
    assert said not in html


def test_of_several_all_are_decided_or_none(place: Workplace, admin: Browser) -> None:
    numbers = ticked(admin)
    ignored = send(admin, f"{LIST}/preview", chosen=numbers, act="ignore").text  # type: ignore[attr-defined]
    values = [*map(unescape, re.findall(r'name="decide" value="([^"]+)"', ignored))]
    # To link a record, and to ignore it, cannot both be honoured.
    refused = send(admin, f"{LIST}/decide", decide=[*values, link(admin)])
    assert refused.status_code == 409  # type: ignore[attr-defined]
    assert "Nothing was decided" in refused.text  # type: ignore[attr-defined]
    assert "This contradicts another decision" in refused.text  # type: ignore[attr-defined]
    assert stored(place) == []


def test_who_comes_second_is_told_who_was_first(
    place: Workplace, admin: Browser, browsers: dict[str, Browser]
) -> None:
    value = link(admin)
    other = browsers[OTHER]
    admin.post(f"{LIST}/decide", decide=value)
    same = other.post(f"{LIST}/decide", decide=value)
    told = text_of(other.get(same.headers["location"]).text)
    assert f"was made already, by {ADMIN}" in told
    number, _, here, there = value.split(":", 3)
    refused = other.post(f"{LIST}/decide", decide=f"{number}:never:{here}:{there}")
    assert refused.status_code == 409
    assert f"made by {ADMIN}" in refused.text
    assert stored(place) == [("link", ADMIN, "")]


def test_a_page_that_was_open_while_a_sync_linked_the_record_does_nothing(
    place: Workplace, admin: Browser
) -> None:
    value = link(admin)
    number, _, here, there = value.split(":", 3)
    place.execute(
        "update adm.instructors set tutorial_instructor_id = :here where external_id = :there",
        here=int(here),
        there=there,
    )
    refused = admin.post(f"{LIST}/decide", decide=value)
    place.execute(
        "update adm.instructors set tutorial_instructor_id = null where external_id = :there",
        there=there,
    )
    assert (refused.status_code, stored(place)) == (409, [])
    refusal = text_of(refused.text)
    assert f"is linked with {there}. If that is wrong, say first that the two are" in refusal
    assert f"Tutorial record {here} (" in refusal

    place.execute(
        "update adm_sync.discrepancies set closed_at = now() where id = :n", n=int(number)
    )
    refused = admin.post(f"{LIST}/decide", decide=value)
    preview = send(admin, f"{LIST}/preview", chosen=[number], act="link").text  # type: ignore[attr-defined]
    place.execute("update adm_sync.discrepancies set closed_at = null where id = :n", n=int(number))
    assert (refused.status_code, stored(place)) == (409, [])
    assert "It is settled meanwhile" in refused.text
    assert "1 of the ticked records is settled meanwhile" in text_of(preview)


def test_a_record_that_is_gone_is_said_to_be(place: Workplace, admin: Browser) -> None:
    number, _, _, there = link(admin).split(":", 3)
    missing = admin.post(f"{LIST}/decide", decide=f"{number}:link:987654321:{there}")
    assert (missing.status_code, stored(place)) == (409, [])


@pytest.mark.parametrize(
    "sent",
    ["", "x", "1:link:2", "1:perhaps:2:x", "x:link:2:x", "1:link:x:y", "9" * 40 + ":link:2:x"],
)
def test_what_no_page_sends_is_refused(place: Workplace, admin: Browser, sent: str) -> None:
    refused = admin.post(f"{LIST}/decide", decide=sent)
    assert refused.status_code == 400
    assert stored(place) == []


def test_another_record_than_was_shown_is_refused(place: Workplace, admin: Browser) -> None:
    number = link(admin).split(":")[0]
    (other,) = place.execute("select id from acted.tutorial_instructors order by id limit 1")
    refused = admin.post(f"{LIST}/decide", decide=f"{number}:ignore:{other.id}:")
    assert refused.status_code in (400, 409)
    assert stored(place) == []


def test_a_decision_is_kept_with_its_entity(place: Workplace, admin: Browser) -> None:
    admin.post(f"{LIST}/decide", decide=link(admin))
    with place.engine.connect() as connection:
        assert connection.scalar(sa.select(decisions.c.entity)) == "instructors"
