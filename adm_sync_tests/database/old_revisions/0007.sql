alter table adm_sync.imports drop constraint imports_status_check;
alter table adm_sync.imports add constraint imports_status_check check (status in (
    'running', 'succeeded', 'partial', 'failed', 'undone', 'cancelled', 'interrupted'
));
alter table adm_sync.imports add column checked_at timestamptz;
alter table adm_sync.workbooks add column shown text;
create index events_title_key on adm_sync.events (title_key);

insert into adm_sync.imports values (2, 11, 'run', 'Ada Example', 'interrupted', '2026-01-02Z',
    '2026-01-03Z', '{}', 'It was broken off.', '2026-01-02Z');
update adm_sync.workbooks set shown = 'partial: 1 rejected';
