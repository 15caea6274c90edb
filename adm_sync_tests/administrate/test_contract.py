import httpx
import pytest
from graphql import build_schema, introspection_from_schema

from adm_sync.administrate.contract import has_mutation
from adm_sync_tests.administrate.scripted import Scripted, client_of, data, errors, status


def introspected(mutations: str) -> httpx.Response:
    schema = build_schema("type Query { hello: String } " + mutations)
    return data(**introspection_from_schema(schema))


def test_the_mutations_of_a_tenant_are_asked_for_once() -> None:
    groups = "type Mutation { courseTemplate: M!, event: E } type M { create: Int, update: Int }"
    api = Scripted(introspected(groups + " type E { publish: Int }"))
    with client_of(api) as client:
        assert has_mutation(client, "courseTemplate", "create")
        assert has_mutation(client, "courseTemplate", "delete") is False
        assert has_mutation(client, "event", "create") is False
        assert has_mutation(client, "location", "create") is False
    assert len(api.calls) == 1


def test_a_tenant_without_mutations_has_none() -> None:
    with client_of(Scripted(introspected(""))) as client:
        assert has_mutation(client, "courseTemplate", "create") is False


@pytest.mark.parametrize(
    "reply",
    [
        errors("Introspection is disabled"),
        status(403),
        data(__schema=None),
        data(__schema={"queryType": None}),
        data(__schema={"queryType": {"name": "Q"}, "types": [{"kind": "OBJECT"}]}),
        data(__schema={"queryType": {"name": "Q"}, "types": [7]}),
        data(__schema={"queryType": {"name": "Q"}, "types": None}),
        data(__schema=[]),
    ],
)
def test_of_a_tenant_that_does_not_show_its_schema_nobody_knows_what_it_has(
    reply: httpx.Response, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(Scripted(reply)) as client:
        assert has_mutation(client, "courseTemplate", "create") is None
    assert "does not say which mutations it has" in caplog.text
