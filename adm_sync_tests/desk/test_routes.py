"""Route by route: who may use it, and that nothing is done for another page or without a token."""

from collections.abc import AsyncIterator, Iterator

import pytest
from starlette.routing import Route
from starlette.types import ASGIApp

from adm_sync.desk.app import check_roles, routes_of_pages
from adm_sync.desk.routing import DeskRoute, action, page
from adm_sync.desk.shared import Desk
from adm_sync.desk.visit import Visit
from adm_sync.settings.desk import Role
from adm_sync_tests.cli.workplace import Visit as WorkplaceVisit
from adm_sync_tests.desk.visiting import (
    ADMIN,
    LOOKER,
    PLANNER,
    PROXY,
    ROLES,
    Browser,
    behind_proxy,
    opened_desk,
)

ROUTES = routes_of_pages()
ACTIONS = [route for route in ROUTES if "POST" in (route.methods or ())]
PAGES = [route for route in ROUTES if route not in ACTIONS]
USERS = {Role.LOOK: LOOKER, Role.PLAN: PLANNER, Role.DECIDE: ADMIN}


@pytest.fixture(scope="module")
def opened(visit_settled: WorkplaceVisit) -> Iterator[tuple[ASGIApp, Desk]]:
    with visit_settled() as place:
        place.set(
            adm_sync_desk_auth="header", adm_sync_desk_proxies=PROXY, adm_sync_desk_roles=ROLES
        )
        with opened_desk() as found:
            # As many as a person never sends: it is tested elsewhere how many are taken.
            found[1].rates.at_once = 100_000
            yield found


def path_of(route: DeskRoute) -> str:
    """A path that leads to the route, and to nothing that is there."""
    given = {
        name: 987654321 if type(convertor).__name__ == "_Number" else "nothing"
        for name, convertor in route.param_convertors.items()
    }
    return str(route.url_path_for(route.name, **given))


def send(route: DeskRoute, browser: Browser) -> int:
    path = path_of(route)
    return (browser.post(path) if route in ACTIONS else browser.get(path)).status_code


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_each_route_is_for_those_who_have_its_role_and_for_nobody_else(
    opened: tuple[ASGIApp, Desk], route: DeskRoute
) -> None:
    for role, user in USERS.items():
        refused = send(route, behind_proxy(*opened, user)) == 403
        assert refused == (role < route.role), (role, route)


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_no_route_is_for_somebody_who_is_not_known_but_those_that_say_so(
    opened: tuple[ASGIApp, Desk], route: DeskRoute
) -> None:
    stranger = behind_proxy(*opened, "")
    unproven = behind_proxy(*opened, ADMIN)
    unproven.peer = "10.1.2.4"
    for browser in (stranger, unproven):
        assert (send(route, browser) == 403) == (route.role != Role.ANYONE)


@pytest.mark.parametrize("route", ACTIONS, ids=str)
def test_nothing_is_done_without_the_users_own_token_or_for_another_page(
    opened: tuple[ASGIApp, Desk], route: DeskRoute
) -> None:
    browser, path = behind_proxy(*opened, ADMIN), path_of(route)
    token = browser.desk.signer.token(ADMIN)
    for wrong in ("", "x", token[:-1], browser.desk.signer.token(LOOKER)):
        refused = browser.post(path, token=wrong)
        assert refused.status_code == 403
        assert "Nothing was done" in refused.text
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        refused = browser.send("POST", path, headers={"X-CSRF-Token": token, **headers})
        assert refused.status_code == 403
        assert "Another page sent this" in refused.text


@pytest.mark.parametrize("route", ACTIONS, ids=str)
def test_nothing_is_done_by_looking(opened: tuple[ASGIApp, Desk], route: DeskRoute) -> None:
    others = {page.path for page in PAGES}
    if route.path not in others:
        browser = behind_proxy(*opened, ADMIN)
        assert browser.get(path_of(route)).status_code == 405


@pytest.mark.parametrize("route", ACTIONS, ids=str)
def test_a_form_that_is_too_large_is_refused(
    opened: tuple[ASGIApp, Desk], route: DeskRoute
) -> None:
    browser = behind_proxy(*opened, ADMIN)
    most = route.most(browser.desk.settings)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(most // 65536 + 2):
            yield b"x" * 65536

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers["X-CSRF-Token"] = browser.desk.signer.token(ADMIN)
    declared = {**headers, "Content-Length": str(most + 1)}
    assert browser.send("POST", path_of(route), headers=declared).status_code == 413
    if most < 1_000_000:
        answer = browser.send("POST", path_of(route), headers=headers, content=endless())
        assert answer.status_code == 413
        assert "That is too large" in answer.text


def test_a_route_that_names_no_role_does_not_start() -> None:
    def nothing(visit: Visit) -> None:
        """Answer nothing."""

    with pytest.raises(TypeError, match="does not say which role it needs"):
        check_roles([Route("/open", nothing)])
    with pytest.raises(TypeError, match="does not say which role it needs"):
        check_roles([page("/open", nothing, None)])  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        action("/open", nothing)  # type: ignore[call-arg]
    check_roles(ROUTES)
    assert len(ACTIONS) >= 4
