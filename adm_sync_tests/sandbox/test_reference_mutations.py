from typing import Any

import pytest

from adm_sync.sandbox import SandboxServer, external_id
from adm_sync_tests.sandbox.conftest import Api, Company


def test_a_template_is_created_as_a_draft(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    document = """mutation Create($input: CourseTemplateCreateInput!) {
      courseTemplate { create(input: $input) { courseTemplate {
        id code title eventLearningMode lifecycleState customFieldValues { value } }
        errors { label message } } } }"""
    values: dict[str, Any] = {
        "title": "New course",
        "code": "CB9",
        "learningMode": "lms",
        "customFieldValues": [{"definitionKey": company.field, "value": "Autumn"}],
    }
    payload = api.data(document, input=values)["courseTemplate"]["create"]
    assert payload == {
        "courseTemplate": {
            "id": external_id("CourseTemplate", 3),
            "code": "CB9",
            "title": "New course",
            "eventLearningMode": "lms",
            "lifecycleState": "draft",
            "customFieldValues": [{"value": "Autumn"}],
        },
        "errors": [],
    }
    payload = api.data(document, input={"title": " "})["courseTemplate"]["create"]
    assert payload["errors"][0]["label"] == "title"
    assert len(sandbox.store.all("CourseTemplate")) == 3


UPDATE = """
mutation Update($id: ID!, $input: CourseTemplateUpdateInput!) {
  courseTemplate { update(courseTemplateId: $id, input: $input) {
    courseTemplate { title lifecycleState customFieldValues { definitionKey value }
      approvedInstructors { edges { node { id } } } }
    errors { label message } } } }
"""


def test_approved_instructors_replace_the_whole_list(api: Api, company: Company) -> None:
    def approved(instructors: list[str] | None) -> list[str]:
        values = {"approvedInstructors": instructors}
        payload = api.data(UPDATE, id=company.template, input=values)["courseTemplate"]["update"]
        edges = payload["courseTemplate"]["approvedInstructors"]["edges"]
        return [edge["node"]["id"] for edge in edges]

    assert approved([company.instructor]) == [company.instructor]
    assert approved([company.administrator]) == [company.administrator]
    assert approved(None) == []


def test_a_template_is_updated_in_part(api: Api, company: Company) -> None:
    values = {
        "title": "Renamed",
        "lifecycleState": "archived",
        "customFieldValues": [{"definitionKey": company.field, "value": "x"}],
    }
    payload = api.data(UPDATE, id=company.template, input=values)["courseTemplate"]["update"]
    assert payload["courseTemplate"] == {
        "title": "Renamed",
        "lifecycleState": "archived",
        "customFieldValues": [{"definitionKey": company.field, "value": "x"}],
        "approvedInstructors": {"edges": []},
    }


@pytest.mark.parametrize(
    "values",
    [
        {"title": None},
        {"lifecycleState": "draft"},
        {"approvedInstructors": ["nobody"]},
        {"customFieldValues": [{"definitionKey": "none", "value": "x"}]},
    ],
)
def test_a_wrong_template_update_is_refused(
    api: Api, company: Company, values: dict[str, Any]
) -> None:
    payload = api.data(UPDATE, id=company.template, input=values)["courseTemplate"]["update"]
    assert payload["courseTemplate"] is None
    assert payload["errors"]


def test_public_prices_are_added_and_updated(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    add = """mutation Add($input: CourseTemplateAddPublicPricesInput!) {
      courseTemplate { addPublicPrices(input: $input) {
        prices { id amount region { name } } errors { label } } } }"""
    values = {
        "courseTemplateId": company.template,
        "priceLevelId": company.level,
        "financialUnitId": company.currency,
        "regionId": company.region,
        "amount": 395.5,
    }
    payload = api.data(add, input=values)["courseTemplate"]["addPublicPrices"]
    (price,) = payload["prices"]
    assert (price["amount"], price["region"]) == ("395.5", {"name": "North"})
    payload = api.data(add, input=values | {"regionId": "none"})
    assert payload["courseTemplate"]["addPublicPrices"]["errors"] == [{"label": "regionId"}]
    change = """mutation Change($id: ID!, $amount: Decimal!) {
      courseTemplate { updatePrices(input: {coursePriceId: $id, amount: $amount}) {
        prices { amount } errors { label } } } }"""
    payload = api.data(change, id=price["id"], amount="400.00")["courseTemplate"]["updatePrices"]
    assert payload == {"prices": [{"amount": "400.00"}], "errors": []}
    payload = api.data(change, id="none", amount="1")["courseTemplate"]["updatePrices"]
    assert payload["errors"] == [{"label": "coursePriceId"}]
    assert len(sandbox.store.all("CoursePrice")) == 1


def test_an_account_and_its_contacts_are_created(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    account = """mutation Account($name: String!) { account { create(input: {name: $name}) {
      account { id name isIndividual } errors { label } } } }"""
    created = api.data(account, name="Another")["account"]["create"]["account"]
    assert created == {
        "id": external_id("Organisation", 2),
        "name": "Another",
        "isIndividual": False,
    }
    assert api.data(account, name="")["account"]["create"]["errors"] == [{"label": "name"}]
    batch = """mutation Batch($input: [ContactCreateInput]!) {
      contact { createBatch(input: $input) { contact { firstName isInstructor account { id } }
      errors { label } } } }"""
    people = [
        {"accountId": created["id"], "personalName": {"firstName": "Mary", "lastName": "Example"}},
        {"accountId": "none", "personalName": {"firstName": "Mary"}},
        None,
        {"accountId": created["id"], "personalName": {}},
    ]
    payloads = api.data(batch, input=people)["contact"]["createBatch"]
    assert payloads == [
        {
            "contact": {
                "firstName": "Mary",
                "isInstructor": False,
                "account": {"id": created["id"]},
            },
            "errors": [],
        },
        {"contact": None, "errors": [{"label": "accountId"}]},
        {"contact": None, "errors": [{"label": "personalName"}]},
    ]
    single = """mutation One($input: ContactCreateInput!) { contact { create(input: $input) {
      contact { id } errors { label } } } }"""
    payload = api.data(single, input=people[0])["contact"]["create"]
    assert sandbox.store.get(payload["contact"]["id"])["lastName"] == "Example"


def test_learners_are_recorded_and_reactivated(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    add = sandbox.store.add
    event = add("Event", courseTemplate=company.template)
    session = add("Session", event=event)
    other = add("Session", event=add("Event", courseTemplate=company.template))
    learner = add(
        "Learner",
        event=event,
        contact=company.client,
        lifecycleState="cancelled",
        isActive=False,
    )
    record = """mutation Record($input: [LearnerAttendanceInput!]!) {
      learner { recordAttendances(input: $input) {
        learner { id contact { id } event { id } } errors { message } } } }"""
    items = [
        {"learnerId": learner, "sessionId": session, "attended": True},
        {"learnerId": learner, "sessionId": other, "attended": True},
    ]
    good, bad = api.data(record, input=items)["learner"]["recordAttendances"]
    assert good["learner"]["event"] == {"id": event}
    assert bad == {"learner": None, "errors": [{"message": "Learners missing from session"}]}
    assert sandbox.store.get(learner)["attendances"] == {session: True}
    again = """mutation Again($id: ID!) { learner { reactivate(input: {learnerId: $id}) {
      learner { lifecycleState isActive } errors { message } } } }"""
    payload = api.data(again, id=learner)["learner"]["reactivate"]
    assert payload["learner"] == {"lifecycleState": "active", "isActive": True}


def test_a_new_webhook_is_inactive_until_it_is_activated(sandbox: SandboxServer, api: Api) -> None:
    kind = sandbox.store.add(
        "WebhookType", id=external_id("WebhookType", "event_updated"), name="Event Updated"
    )
    create = """mutation Create($input: WebhookCreateInput!) { webhooks { create(input: $input) {
      webhook { id lifecycleState webhookType { name } } errors { label message } } } }"""
    values = {
        "webhookTypeId": kind,
        "name": "Hook",
        "query": "{ hello }",
        "url": "https://example.org/hook",
    }
    webhook = api.data(create, input=values)["webhooks"]["create"]["webhook"]
    assert webhook["lifecycleState"] == "inactive"
    assert webhook["webhookType"] == {"name": "Event Updated"}
    bad = api.data(create, input=values | {"config": "{a"})["webhooks"]["create"]
    assert "double quotes" in bad["errors"][0]["message"]
    update = """mutation Update($input: WebhookUpdateInput!) { webhooks { update(input: $input) {
      webhook { lifecycleState } errors { label } } } }"""
    payload = api.data(update, input={"webhookId": webhook["id"], "lifecycleState": "active"})
    assert payload["webhooks"]["update"]["webhook"] == {"lifecycleState": "active"}
