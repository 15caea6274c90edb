"""`adm-sync.log`: what stands behind a sentence, for whoever looks after the installation."""

import stat

import sqlalchemy as sa

from adm_sync import fault_log
from adm_sync_tests.cli.workplace import Workplace

REFUSES = """
    create function adm_sync.refuse() returns trigger language plpgsql as $$
    begin
        raise exception 'the token is client_secret=%', 'hunter-two' using errcode = '53100';
    end $$;
    create trigger refuse before insert on adm.locations
        for each row execute function adm_sync.refuse();
"""


def test_what_is_behind_a_failed_run_is_in_the_log_once_and_for_its_owner_alone(
    settled: Workplace,
) -> None:
    settled.execute(REFUSES)
    log = settled.home / "adm-sync.log"
    settled.home.mkdir()
    log.write_text("of before\n")
    log.chmod(0o644)

    result = settled.run("sync", "locations", status=1)

    text = log.read_text(encoding="utf-8")
    assert "disk of the database server is full" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert text.startswith("of before\n")
    assert text.count("The disk of the database server is full") == 2  # the entry, its trace
    assert "psycopg.errors.DiskFull" in text
    assert "hunter-two" not in text
    password = sa.make_url(settled.database_url).password
    assert not password or password not in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_secrets_of_the_libraries_that_reach_other_folders_are_not_in_the_log(
    settled: Workplace,
) -> None:
    secrets = {"AWS_SECRET_ACCESS_KEY": "of+nobody", "FSSPEC_SFTP_PASSWORD": "opensesame"}
    settled.set(**{name.lower(): secret for name, secret in secrets.items()})

    fault_log.keep(f"They said {' and '.join(secrets.values())}.")

    log = (settled.home / "adm-sync.log").read_text(encoding="utf-8")
    assert log.endswith(" They said [hidden] and [hidden].\n")


def test_the_package_and_the_machine_can_be_read_in_the_log_and_no_secret(
    settled: Workplace,
) -> None:
    settled.set(
        adm_sync_database_url="postgresql://adm_sync:adm_sync@127.0.0.1:1/tutorials",
        adm_sync_dagster_database_url="postgresql://keeper:open.sesame@db.example.org:1/runs",
        adm_sync_alerts="json://127.0.0.1:8080/Xoken-of-mine, sendgrid://SG.first.second:a@b.cd,"
        "mailto://adm_sync:correct.horse@mail.example.org",
    )
    said = "File adm_sync/database/failures.py: nothing at 127.0.0.1, db.example.org, "
    said += "mail.example.org."

    fault_log.keep(f"{said} open.sesame Xoken-of-mine SG.first.second correct.horse")

    log = (settled.home / "adm-sync.log").read_text(encoding="utf-8")
    assert log.endswith(f" {said}{' [hidden]' * 4}\n")
