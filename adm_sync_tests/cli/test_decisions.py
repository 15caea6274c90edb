"""What a person sees of the discrepancies, and what they decide about them."""

import csv
import re
from pathlib import Path

import pytest

from adm_sync_tests.cli.workplace import Workplace

pytestmark = pytest.mark.thorough(all_but_each=3)


def tutorial_instructor(place: Workplace, first: str, last: str) -> str:
    statement = """
        select instructor.id from acted.tutorial_instructors as instructor
        join acted.staff on staff.id = instructor.staff_id
        join auth_user on auth_user.id = staff.user_id
        where first_name = :first and last_name = :last
    """
    return str(place.execute(statement, first=first, last=last)[0][0])


def contacts(place: Workplace, first: str, last: str) -> list[str]:
    return [
        str(one["id"])
        for one in place.sandbox.store.all("Contact")
        if (one["firstName"], one["lastName"]) == (first, last)
    ]


@pytest.fixture
def ashdowns(synced: Workplace) -> tuple[str, str]:
    """The two spellings of one instructor: the tutorial id and the external id."""
    (external,) = contacts(synced, "Katharine", "Ashdown")
    return tutorial_instructor(synced, "Katherine", "Ashdown"), external


# ---------------------------------------------------------------------- unmatched


def test_before_any_sync_nothing_is_open(settled: Workplace) -> None:
    assert settled.run("unmatched").stdout == (
        "Nothing is open: every record has its counterpart, as of the last sync.\n"
    )


def test_each_record_comes_with_the_nearest_and_the_command_that_links_them(
    synced: Workplace, ashdowns: tuple[str, str]
) -> None:
    tutorial, external = ashdowns

    text = synced.run("unmatched", "instructors").stdout

    assert text.startswith("Instructors: 4\n")
    assert f"  - unmatched tutorial: Katherine Ashdown (tutorial id {tutorial}), since 20" in text
    assert f"      nearest: Katharine Ashdown ({external}, 94 %)\n" in text
    link = f"      if they are the same: adm-sync link instructors {tutorial} {external}\n"
    assert text.count(link) == 2


HOSTILE = "=1+1\n<b>anna</b>@example.com"
TOLD = "=1+1 <b>anna</b>@example.com, Larkfield <i>North</i>"


def two_of_one_name(place: Workplace) -> list[str]:
    store = place.sandbox.store
    account = store.add("Account", name="Larkfield <i>North</i>")
    known = {"emailAddress": HOSTILE, "account": account}
    given = ({**known}, {"emailAddress": "second@example.com"})
    name = {"firstName": "Anna", "lastName": "Zeller", "isInstructor": True}
    return [store.add("Contact", **name, **one) for one in given]


def test_two_of_one_name_are_told_apart_where_a_person_decides_and_nowhere_else(
    synced: Workplace, tmp_path: Path
) -> None:
    first, second = two_of_one_name(synced)
    synced.execute("update auth_user set email = 'kath@example.com' where first_name = 'Katherine'")
    for way in ("--json", "--no-prompt"):
        told = synced.run("sync", "instructors", way)
        assert "Anna Zeller" in told.stdout
        assert "@example.com" not in told.stdout + told.stderr

    text = synced.run("unmatched", "instructors").stdout
    assert f"      Administrate {first}: Anna Zeller, {TOLD}\n" in text
    assert f"      Administrate {second}: Anna Zeller, second@example.com\n" in text
    assert "      told apart by: kath@example.com\n" in text
    path = tmp_path / "open.csv"
    synced.run("unmatched", "instructors", "--csv", str(path))
    rows = [*csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())]
    (both,) = [row for row in rows if row["Record"] == "Anna Zeller"]
    assert f"Anna Zeller, second@example.com ({second})" in both["Nearest"]
    assert [row["Told apart by"] for row in rows if row["Record"] == "Katherine Ashdown"] == [
        "kath@example.com"
    ]


def test_a_tenant_that_does_not_tell_them_apart_is_synced_all_the_same(synced: Workplace) -> None:
    two_of_one_name(synced)
    synced.sandbox.options.change(filters_refused=["id"])
    (result,) = synced.sync("instructors")
    assert result.status == "succeeded"
    (found,) = [one for one in result.of_kind("ambiguous") if one.label == "Anna Zeller"]
    assert [one["apart"] for one in found.suggestions] == ["", ""]


def test_a_pair_that_is_not_the_same_is_suggested_no_more(
    synced: Workplace, ashdowns: tuple[str, str]
) -> None:
    synced.run("never", "instructors", *ashdowns)

    text = synced.run("unmatched", "instructors").stdout

    assert f"Katherine Ashdown (tutorial id {ashdowns[0]})" in text
    assert f"adm-sync link instructors {ashdowns[0]} {ashdowns[1]}" not in text
    assert f"({ashdowns[1]}, 94 %)" not in text


def test_the_members_of_an_ambiguous_name_are_listed(synced: Workplace) -> None:
    text = synced.run("unmatched", "instructors").stdout

    one, other = contacts(synced, "Imogen", "Vale")
    mine = tutorial_instructor(synced, "Imogen", "Vale")
    assert f"      tutorial {mine}: Imogen Vale, imogen" in text
    told = re.findall(r"Imogen Vale, (imogen\.vale\.\d+)@larkfield.example, Larkfield Tut", text)
    assert len({*told}) == len(told) == 2
    assert all(f"      Administrate {each}: Imogen Vale, imogen" in text for each in (one, other))


def test_all_entities_are_listed_in_their_order(synced: Workplace) -> None:
    text = synced.run("unmatched").stdout

    assert text.index("Locations: 2") < text.index("Venues: 3") < text.index("Instructors: 4")


def test_unmatched_as_json_is_a_list(synced: Workplace, ashdowns: tuple[str, str]) -> None:
    found = synced.json("unmatched", "instructors")

    assert set(found[0]) == {
        *("entity", "kind", "tutorial_id", "external_id", "label", "detail", "suggestions"),
        *("first_seen", "apart"),
    }
    assert found[0]["tutorial_id"] == int(ashdowns[0])
    assert found[0]["suggestions"][0]["external_id"] == ashdowns[1]
    assert synced.json("unmatched", "price_levels") == []


def test_without_tables_a_sentence_says_what_to_run(settled: Workplace) -> None:
    settled.execute("drop table adm_sync.discrepancies cascade")
    settled.execute("drop table adm_sync.decisions cascade")

    for command in ("unmatched", "decisions"):
        stderr = settled.run(command, status=1).stderr
        assert stderr.startswith("Error: The database lacks something: ")
        assert "adm-sync db upgrade" in stderr


# ---------------------------------------------------------------------- deciding


@pytest.mark.thorough
def test_a_link_is_honoured_by_the_next_sync(synced: Workplace, ashdowns: tuple[str, str]) -> None:
    tutorial, external = ashdowns

    said = synced.run(
        "link", "instructors", tutorial, external, "--why", "one person", "--who", "rosalind"
    ).stdout

    assert said == (
        f"Decision 1 is stored (link instructors: tutorial record {tutorial} and Administrate "
        f"record {external}, «Katherine Ashdown» here). The next sync links them.\n"
        "The next sync honours it: adm-sync sync instructors\n"
    )
    synced.run("sync", "instructors")
    assert "Ashdown" not in synced.run("unmatched", "instructors").stdout
    listed = synced.run("decisions").stdout
    assert listed.startswith(
        f"1. link instructors tutorial {tutorial} and Administrate {external}, rosalind, 20"
    )
    assert listed.endswith(": one person\n")


def test_a_decision_is_withdrawn(synced: Workplace, ashdowns: tuple[str, str]) -> None:
    synced.run("link", "instructors", *ashdowns)

    said = synced.run("link", "instructors", *ashdowns, "--withdraw").stdout

    assert said.startswith("Decision 1 is withdrawn (")
    assert synced.run("decisions", "instructors").stdout == "No decisions are in force.\n"
    assert "No such decision is in force" in (
        synced.run("link", "instructors", *ashdowns, "--withdraw", status=1).stderr
    )


def test_never_keeps_two_of_one_name_apart(synced: Workplace) -> None:
    ((tutorial, external),) = synced.execute(
        "select t.id, external_id from adm.locations join acted.tutorial_locations t "
        "on t.id = tutorial_location_id where t.name = 'London'"
    )

    synced.run("never", "locations", str(tutorial), external, "--why", "another London")
    (result,) = synced.sync("locations")

    statement = "select tutorial_location_id from adm.locations where external_id = :id"
    assert synced.execute(statement, id=external) == [(None,)]
    assert synced.run("decisions", "locations").stdout.endswith(": another London\n")
    # What the UI and the list for spreadsheets offer.
    open_ones = {one.tutorial_id or one.external_id: one for one in result.discrepancies}
    assert external not in [near["external_id"] for near in open_ones[tutorial].suggestions]
    assert tutorial not in [near["tutorial_id"] for near in open_ones[external].suggestions]


def test_what_is_ignored_is_not_listed_any_more(synced: Workplace) -> None:
    ((edinburgh,),) = synced.execute(
        "select id from acted.tutorial_locations where name = 'Edinburgh'"
    )

    synced.run("ignore", "locations", "--tutorial", str(edinburgh), "--why", "given up")
    synced.sync("locations")

    assert "Edinburgh" not in synced.run("unmatched", "locations").stdout
    (decision,) = synced.json("decisions", "locations")
    assert set(decision) == {
        *("id", "kind", "entity", "tutorial_id", "external_id", "who", "why", "decided_at"),
    }
    assert (decision["kind"], decision["tutorial_id"]) == ("ignore", edinburgh)
    assert decision["who"]


def test_an_administrate_record_can_be_ignored(synced: Workplace) -> None:
    (cardiff,) = [
        str(one["id"]) for one in synced.sandbox.store.all("Location") if one["name"] == "Cardiff"
    ]

    synced.run("ignore", "locations", "--administrate", cardiff)
    synced.sync("locations")

    assert "Cardiff" not in synced.run("unmatched", "locations").stdout
    assert f"ignore locations Administrate {cardiff}, " in synced.run("decisions").stdout


@pytest.mark.parametrize(
    "arguments",
    [["ignore", "venues"], ["ignore", "venues", "--tutorial", "1", "--administrate", "x"]],
)
def test_ignoring_names_one_record(settled: Workplace, arguments: list[str]) -> None:
    stderr = settled.run(*arguments, status=2).stderr

    assert "Name one record: --tutorial ID or --administrate ID." in stderr


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["link", "rooms", "1", "x"], 2, "There is no entity 'rooms'"),
        (["link", "venues", "one", "x"], 2, "'one' is not a valid integer"),
        (["link", "venues", "999999", "x"], 1, "There is no TutorialVenue 999999"),
        (["never", "price_levels", "1", "x"], 1, "belong to Administrate alone"),
        (["unmatched", "rooms"], 2, "There is no entity 'rooms'"),
    ],
)
def test_a_decision_about_nothing_is_refused_in_a_sentence(
    settled: Workplace, arguments: list[str], status: int, sentence: str
) -> None:
    assert sentence in settled.run(*arguments, status=status).stderr


def test_a_contradiction_is_refused_and_names_the_other(
    synced: Workplace, ashdowns: tuple[str, str]
) -> None:
    synced.run("never", "instructors", *ashdowns)

    stderr = synced.run("link", "instructors", *ashdowns, status=1).stderr

    assert stderr.startswith("Error: This contradicts decision 1")


def test_an_error_names_the_page_of_the_desk_and_then_the_command(
    synced: Workplace, ashdowns: tuple[str, str]
) -> None:
    synced.set(adm_sync_desk_url="https://desk.example.com")

    stderr = synced.run("link", "instructors", "999999", ashdowns[1], status=1).stderr

    page = "https://desk.example.com/unmatched/instructors"
    assert f"{page}, or `adm-sync unmatched instructors` lists the ids." in stderr
