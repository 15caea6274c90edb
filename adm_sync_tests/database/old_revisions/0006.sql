create table if not exists adm_sync.holding_back (
    id smallint primary key check (id = 1),
    until timestamptz not null
);
alter table adm_sync.steps add column if not exists mark text;
alter table adm_sync.steps add column if not exists first_sent_at timestamptz;
alter table adm_sync.steps add column if not exists look_again_at timestamptz;
create index if not exists steps_look_again on adm_sync.steps (look_again_at)
    where state = 'done' and look_again_at is not null;
alter table adm_sync.events add column if not exists doubled text[] not null default '{}';
alter table adm_sync.events alter column doubled drop default;
alter table adm_sync.steps drop constraint steps_kind_check;
alter table adm_sync.steps add constraint steps_kind_check check (kind in (
    'create_event', 'update_session', 'add_session_staff', 'add_event_staff',
    'approve_instructors'
));

insert into adm_sync.holding_back values (1, '2026-01-02Z');
insert into adm_sync.steps values (43, 21, null, 2, 'approve_instructors', '{}', 'retry', 1, 0,
    '2026-01-02Z', null, null, '', 'mark', '2026-01-02Z', '2026-01-03Z');
update adm_sync.events set doubled = '{Course:1,Course:2}';
