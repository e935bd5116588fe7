package db

import (
	"context"
	"hash/fnv"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// A process that dies leaves its jobs in the state running. River takes them
// for lost after rescueBackstop; here they are found at once. Being killed
// costs a job no attempt, unless it happens again and again: a job that has
// seen rescueLimit processes die may be what kills them.

// On SQLite the lock beside the file shows that no other process works it, so
// that every running job is a dead one's.
const rescueSQLite = `
UPDATE river_job SET
	state = CASE WHEN rescued >= 5 AND attempt >= max_attempts THEN 'discarded' ELSE 'available' END,
	finalized_at = CASE WHEN rescued >= 5 AND attempt >= max_attempts THEN at END,
	attempt = CASE WHEN rescued < 5 THEN max(attempt - 1, 0) ELSE attempt END,
	metadata = jsonb_set(metadata, '$.musika_rescued', rescued + 1),
	errors = jsonb_insert(COALESCE(errors, jsonb('[]')), '$[#]', jsonb_object(
		'at', replace(at, ' ', 'T') || 'Z', 'attempt', attempt, 'error', 'the process died while it worked on this', 'trace', ''))
FROM (SELECT id AS dead, COALESCE(json_extract(metadata, '$.musika_rescued'), 0) AS rescued,
		strftime('%Y-%m-%d %H:%M:%f', 'now') AS at
	FROM river_job WHERE state = 'running') AS d
WHERE id = d.dead`

func (e *sqliteEngine) startQueue(ctx context.Context, d *DB, q *Queue, config *river.Config) error {
	unlock, err := lockFile(e.path + ".lock")
	if err != nil {
		return err
	}
	result, err := e.writer.ExecContext(ctx, rescueSQLite)
	if err == nil {
		n, _ := result.RowsAffected()
		q.stats.rescued.Add(n)
		reportRescue(ctx, d.log, n)
		q.runner, err = startClient(ctx, wokenSQLite{riversqlite.New(e.writer), d.wake}, config)
	}
	if err != nil {
		unlock()
		return err
	}
	q.cleanup = unlock
	return nil
}

func reportRescue(ctx context.Context, log *slog.Logger, n int64) {
	if n > 0 {
		log.InfoContext(ctx, "jobs of a process that died will be worked again", "jobs", n)
	}
}

// On Postgres every process holds an advisory lock of its River client's name
// for as long as it lives. Who no longer holds it is dead.
const (
	presenceClass = 0x6d736b // "msk", the first key of the locks

	// sweepEvery is how often each process looks for dead ones, sweepGrace how
	// long a lock must have been missing: one that was lost with its
	// connection is taken again in less.
	sweepEvery = 2 * time.Second
	sweepGrace = 1900 * time.Millisecond
)

const takePresence = `SELECT pg_advisory_lock_shared($1, $2)`

const runningClients = `SELECT DISTINCT attempted_by[array_upper(attempted_by, 1)] FROM river_job
	WHERE state = 'running' AND array_upper(attempted_by, 1) > 0`

const presentClients = `SELECT objid::bigint FROM pg_locks
	WHERE locktype = 'advisory' AND objsubid = 2 AND classid = $1::bigint::oid AND granted
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

const rescuePostgres = `
UPDATE river_job j SET
	state = CASE WHEN d.rescued >= 5 AND attempt >= max_attempts THEN 'discarded' ELSE 'available' END::river_job_state,
	finalized_at = CASE WHEN d.rescued >= 5 AND attempt >= max_attempts THEN now() END,
	attempt = CASE WHEN d.rescued < 5 THEN greatest(attempt - 1, 0) ELSE attempt END,
	metadata = jsonb_set(metadata, '{musika_rescued}', to_jsonb(d.rescued + 1)),
	errors = array_append(errors, jsonb_build_object(
		'at', to_jsonb(now()), 'attempt', attempt, 'error', 'the process died while it worked on this', 'trace', ''))
FROM (SELECT id, COALESCE((metadata ->> 'musika_rescued')::int, 0) AS rescued FROM river_job
	WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = ANY($1) FOR UPDATE SKIP LOCKED) AS d
WHERE j.id = d.id`

// presenceKey is the second key of a client's lock, as pg_locks shows it. Two
// clients with one key would only hide one another's death from the sweep.
func presenceKey(client string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(client))
	return int32(h.Sum32())
}

// presence is this process's lock and its watch over those of others.
type presence struct {
	client  string
	config  *pgx.ConnConfig
	log     *slog.Logger
	stats   *queueCounters
	wake    *wake
	conn    *pgx.Conn
	missing map[string]time.Time // when a client's lock was first not there
}

func (e *postgresEngine) startQueue(ctx context.Context, d *DB, q *Queue, config *river.Config) error {
	p := &presence{
		client: config.ID, config: e.pool.Config().ConnConfig, log: d.log, stats: q.stats, wake: d.wake,
		missing: map[string]time.Time{},
	}
	// A host that vanishes does not close its connections: the server has to
	// find out.
	maps.Copy(p.config.RuntimeParams, map[string]string{
		"application_name": "musika presence", "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"})
	// The lock comes before the first job, so that nobody takes us for dead.
	if err := p.take(ctx); err != nil {
		return err
	}
	var err error
	if q.runner, err = startClient(ctx, wokenPostgres{riverpgxv5.New(e.pool), d.wake}, config); err != nil {
		p.drop()
		return err
	}
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() { p.run(watch) })
	q.cleanup = func() {
		stop()
		done.Wait()
		p.drop()
	}
	return nil
}

// take connects and takes the lock.
func (p *presence) take(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := pgx.ConnectConfig(ctx, p.config)
	if err != nil {
		return err
	}
	if _, err := c.Exec(ctx, takePresence, int32(presenceClass), presenceKey(p.client)); err != nil {
		_ = c.Close(ctx)
		return err
	}
	p.conn = c
	return nil
}

func (p *presence) drop() {
	if p.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = p.conn.Close(ctx)
	p.conn = nil
}

// run sweeps until ctx ends, and takes the lock again at once when its
// connection is lost.
func (p *presence) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := p.sweep(ctx)
		if err == nil {
			err = p.pause(ctx)
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		p.log.DebugContext(ctx, "the connection that shows this process alive was lost", "error", err)
		p.drop()
		clear(p.missing)
		for p.take(ctx) != nil && ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
}

// pause lets time pass until the next sweep. It listens on the connection
// meanwhile, though nothing is ever said there, to hear of its end.
func (p *presence) pause(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sweepEvery)
	defer cancel()
	_, err := p.conn.WaitForNotification(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// sweep makes the jobs of processes that died available.
func (p *presence) sweep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	dead, err := p.findDead(ctx)
	if err != nil || len(dead) == 0 {
		return err
	}
	tag, err := p.conn.Exec(ctx, rescuePostgres, dead)
	if err != nil {
		return err
	}
	if n := tag.RowsAffected(); n > 0 {
		p.stats.rescued.Add(n)
		reportRescue(ctx, p.log, n)
		p.wake.signal(Queues)
	}
	return nil
}

// findDead returns the clients with running jobs whose lock has been missing
// for longer than the grace.
func (p *presence) findDead(ctx context.Context) ([]string, error) {
	running, err := collect[string](ctx, p.conn, runningClients)
	if err != nil {
		return nil, err
	}
	present := map[int32]bool{}
	if len(running) > 0 {
		keys, err := collect[int64](ctx, p.conn, presentClients, int64(presenceClass))
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			present[int32(uint32(k))] = true
		}
	}
	missing := map[string]time.Time{}
	var dead []string
	for _, client := range running {
		if present[presenceKey(client)] {
			continue
		}
		since, known := p.missing[client]
		if !known {
			since = time.Now()
		}
		missing[client] = since
		if time.Since(since) >= sweepGrace {
			dead = append(dead, client)
		}
	}
	p.missing = missing
	return dead, nil
}

func collect[T any](ctx context.Context, c *pgx.Conn, query string, args ...any) ([]T, error) {
	r, err := c.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, pgx.RowTo[T])
}
