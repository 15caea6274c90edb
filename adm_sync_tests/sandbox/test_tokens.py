from urllib.parse import parse_qs, urlsplit

import pytest

from adm_sync.sandbox import SandboxServer
from adm_sync_tests.sandbox.conftest import Api


def test_client_credentials_get_a_token_that_opens_graphql(api: Api) -> None:
    response = api.get_token()
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    assert api.data("{ hello }")


def test_credentials_may_stand_in_the_query_string(sandbox: SandboxServer, api: Api) -> None:
    access = sandbox.access
    response = api.http.post(
        f"{access.auth_url}/token",
        params={
            "grant_type": "client_credentials",
            "client_id": access.client_id,
            "client_secret": access.client_secret,
        },
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong é"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, 400, "invalid_grant"),
    ],
)
def test_wrong_ones_are_refused_with_a_word(
    api: Api, form: dict[str, str], status: int, error: str
) -> None:
    response = api.get_token(**form)
    assert (response.status_code, response.json()) == (status, {"error": error})


def test_a_code_is_good_once_and_its_refresh_token_for_ever(
    sandbox: SandboxServer, api: Api
) -> None:
    redirect = api.http.get(
        f"{sandbox.auth_url}/authorize",
        params={
            "client_id": sandbox.access.client_id,
            "redirect_uri": "https://example.org/done",
            "state": "s",
        },
    )
    assert redirect.status_code == 302
    query = parse_qs(urlsplit(redirect.headers["location"]).query)
    assert query["state"] == ["s"]
    code = query["code"][0]
    answer = api.get_token(grant_type="authorization_code", code=code).json()
    assert api.get_token(grant_type="authorization_code", code=code).status_code == 400
    for _ in range(2):
        refreshed = api.get_token(
            grant_type="refresh_token", refresh_token=answer["refresh_token"]
        ).json()
        assert refreshed["refresh_token"] == answer["refresh_token"]
    api.token = refreshed["access_token"]
    assert api.data("{ hello }")


def test_a_code_is_shown_where_there_is_no_address_to_go_to(
    sandbox: SandboxServer, api: Api
) -> None:
    url = f"{sandbox.auth_url}/authorize"
    assert api.http.get(url, params={"client_id": sandbox.access.client_id}).json()["code"]
    refused = api.http.get(url, params={"client_id": "stranger"})
    assert (refused.status_code, refused.json()) == (400, {"error": "unauthorized_client"})


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic abc", "Bearer", ""])
def test_graphql_without_a_good_token_is_a_401_and_does_nothing(
    sandbox: SandboxServer, api: Api, header: str | None
) -> None:
    response = api.http.post(
        sandbox.api_url,
        json={"query": 'mutation { account { create(input: {name: "X"}) { errors { label } } } }'},
        headers={} if header is None else {"Authorization": header},
    )
    assert response.status_code == 401
    assert response.json()["errors"]
    assert sandbox.store.all("Account") == []
    (call,) = sandbox.calls
    assert (call.authorised, call.root_fields) == (False, ("account.create",))


def test_tokens_expire(sandbox: SandboxServer, api: Api) -> None:
    api.data("{ hello }")
    sandbox.options.token_seconds = 0
    answer = api.get_token().json()
    assert answer["expires_in"] == 0
    assert api.post("{ hello }").status_code == 200
    api.token = answer["access_token"]
    assert api.post("{ hello }").status_code == 401


def test_all_tokens_can_be_revoked_in_the_middle(sandbox: SandboxServer, api: Api) -> None:
    api.data("{ hello }")
    sandbox.revoke_tokens()
    assert api.post("{ hello }").status_code == 401
    api.token = ""
    api.data("{ hello }")
    assert api.door("DELETE", "tokens").status_code == 204
    assert api.post("{ hello }").status_code == 401


def test_a_form_that_is_no_text_gets_no_token(sandbox: SandboxServer, api: Api) -> None:
    response = api.http.post(f"{sandbox.auth_url}/token", content=b"\xff\xfe=\xff")
    assert response.json() == {"error": "invalid_client"}
