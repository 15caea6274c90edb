"""What a sync has to say of an answer that it accepted.

What belongs here: the sentences. What does not: judging the answer (`judging`).
"""

from collections.abc import Mapping, Sequence

from adm_sync.reference.entity import Evidence, RemoteRecord
from adm_sync.reference.judging import Judgement

LONGEST = 100  # of a name, in a sentence


def remarks(outcome: Judgement, evidence: Evidence) -> list[str]:
    """Sentences for the reader about what was left out."""
    plan, notes = outcome.plan, []
    silent = evidence.unanswered
    if outcome.lacking:
        listed = _listed({part: silent[part] for part in outcome.lacking})
        notes.append(
            f"Not complete: Administrate gave no answer about {listed}. What is stored of it stays "
            "as it is; run the sync again. If it is not available to this account, whoever "
            "manages Administrate has to grant the account that right first."
        )
    others = {part: reason for part, reason in silent.items() if part not in outcome.lacking}
    if others:
        notes.append(
            f"Administrate gave no answer about {_listed(others)}; nothing of it is stored here, "
            "and nothing needs it."
        )
    if evidence.nameless:
        notes.append(
            f"{evidence.nameless} came without a usable id, so no row was taken away: it may be "
            "theirs."
        )
    cut = [record for record in evidence.records if record.left_out]
    if cut:
        notes.append(
            f"{len(cut)} could not be read whole; the first is {cut[0].label or cut[0].external_id}"
            f": {cut[0].left_out}, and the rest was taken. Look at it in Administrate."
        )
    if plan.refused:
        notes.append(_refused(plan.refused))
    return notes


def _refused(records: Sequence[RemoteRecord]) -> str:
    first, several = records[0], len(records) > 1
    name = first.external_id
    if first.label not in ("", name):
        name = f"{first.label[:LONGEST]} ({name})"
    return (
        f"{len(records)} {'were' if several else 'was'} not taken in, and "
        f"{'their rows stay as they are; the first' if several else 'its row stays as it is: it'} "
        f"is {name}, whose {first.obstacle}. Look at {'them' if several else 'it'} in Administrate."
    )


def _listed(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{part} ({reason})" for part, reason in reasons.items())
