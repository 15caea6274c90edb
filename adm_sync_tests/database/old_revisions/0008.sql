create table if not exists adm_sync.inbox_files (
    folder text not null,
    name text not null,
    sign text not null,
    state text not null,
    message text not null,
    partition text,
    seen_at timestamptz not null,
    primary key (folder, name),
    check (state in ('landing', 'taken', 'refused'))
);

insert into adm_sync.inbox_files values ('/inbox', 'a.xlsx', '1:2:3:4', 'taken', '', 'a.xlsx-1',
    '2026-01-02Z');
