-- SQLite has no row-level security: the program says the tenant in its SQL.
-- What belongs here is who is acting, which Postgres keeps in its session:
-- audit triggers read it from this table of one row. The program writes it at
-- the start of a transaction, when it is another than before.
CREATE TABLE audit_context (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    kind     TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    role     TEXT NOT NULL,
    address  TEXT NOT NULL
);
INSERT INTO audit_context (id, kind, actor_id, role, address) VALUES (1, 'system', '', '', '');
