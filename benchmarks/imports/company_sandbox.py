"""`python -m benchmarks.imports.company_sandbox`: a sandbox that holds the fictional company.

It prints one line of JSON when it is ready, as `python -m adm_sync.sandbox` does.
"""

import argparse
import json
from dataclasses import asdict

from adm_sync.demo import fill_store
from adm_sync.push.marks import LABEL
from adm_sync.sandbox import Store
from adm_sync.sandbox.server import serve


def fill(store: Store) -> None:
    """The company, with everybody approved: only one of the contenders would do that itself.

    And with the custom field for the marks of events, as docs/import.md recommends.
    """
    fill_store(store)
    store.add("CustomFieldDefinition", label=LABEL, type="text", entityType="Event")
    instructors = [one["id"] for one in store.all("Contact") if one.get("isInstructor")]
    for template in store.all("CourseTemplate"):
        store.update(template["id"], approvedInstructors=instructors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0)
    store = Store()
    fill(store)
    serve(
        store,
        options={"latency": parser.parse_args().latency},
        on_ready=lambda access: print(json.dumps(asdict(access)), flush=True),
    )


if __name__ == "__main__":
    main()
