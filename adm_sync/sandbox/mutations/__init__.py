"""What a client may change through the API: one module for each noun, joined here."""

from collections.abc import Mapping
from typing import Any

from adm_sync.sandbox.mutations import (
    events,
    learners_and_webhooks,
    reference_data,
    sessions,
    staff,
)
from adm_sync.sandbox.mutations.payloads import Resolver, list_mutation, mutation


def _group(_source: Any, _info: Any) -> dict[str, Any]:
    return {}


GROUPS = ("event", "session", "courseTemplate", "contact", "account", "learner", "webhooks")

MUTATIONS: Mapping[str, Mapping[str, Resolver]] = {
    "Mutation": dict.fromkeys(GROUPS, _group),
    "EventMutations": {
        "createClassroom": mutation(events.create_classroom),
        "createBlended": mutation(events.create_blended),
        "createLMS": mutation(events.create_lms),
        "update": mutation(events.update),
        "delete": mutation(events.delete),
        "addStaff": mutation(staff.add_to_event),
        "addStaffBulk": mutation(staff.add_bulk),
        "removeStaff": mutation(staff.remove_from_event),
        "addPrices": mutation(events.add_prices),
    },
    "SessionMutations": {
        "update": mutation(sessions.update),
        "addStaff": mutation(staff.add_to_session),
        "delete": mutation(sessions.delete),
    },
    "CourseTemplateMutations": {
        "create": mutation(reference_data.create_template),
        "update": mutation(reference_data.update_template),
        "addPublicPrices": mutation(reference_data.add_public_prices),
        "updatePrices": mutation(reference_data.update_prices),
    },
    "ContactMutations": {
        "create": mutation(reference_data.create_contact),
        "createBatch": list_mutation(reference_data.create_contact),
    },
    "AccountMutations": {"create": mutation(reference_data.create_account)},
    "LearnerMutations": {
        "recordAttendances": list_mutation(learners_and_webhooks.record_attendance),
        "reactivate": mutation(learners_and_webhooks.reactivate),
    },
    "WebhookMutations": {
        "create": mutation(learners_and_webhooks.create_webhook),
        "update": mutation(learners_and_webhooks.update_webhook),
    },
}
