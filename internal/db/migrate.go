package db

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/musika/musika"
)

//go:embed migrations/*/*.sql
var migrationFiles embed.FS

// migrationActor is the kind of the actor that migrates.
const migrationActor = "migration"

var migrationScope = Scope{Actor: musika.Actor{Kind: migrationActor}}

// Migration is one step of the schema, with the same number and name on both
// engines. Steps go forward only and never change once published.
type Migration struct {
	Version  int
	Name     string
	Checksum string // SHA-256 of the file
	script   string
}

// String returns the name of the file, "0001_core".
func (m Migration) String() string { return fmt.Sprintf("%04d_%s", m.Version, m.Name) }

// MigrationState is where a database's schema stands.
type MigrationState struct {
	Applied []Migration // in order
	Pending []Migration // in order; empty when the schema is up to date
}

var migrationName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// readMigrations returns the files of dir in order and refuses a gap, a number
// used twice and a name that does not fit.
func readMigrations(files fs.FS, dir string) ([]Migration, error) {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil, fmt.Errorf("reading migrations: %w", err)
	}
	var out []Migration
	for _, entry := range entries {
		m := migrationName.FindStringSubmatch(entry.Name())
		if m == nil {
			return nil, fmt.Errorf("%s is not named like 0001_name.sql", path.Join(dir, entry.Name()))
		}
		text, err := fs.ReadFile(files, path.Join(dir, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading migrations: %w", err)
		}
		version, _ := strconv.Atoi(m[1])
		script := strings.ReplaceAll(string(text), "\r\n", "\n")
		out = append(out, Migration{Version: version, Name: m[2], Checksum: checksum(script), script: script})
	}
	slices.SortFunc(out, func(a, b Migration) int { return a.Version - b.Version })
	for i, m := range out {
		if m.Version != i+1 {
			return nil, fmt.Errorf("%s: expected number %04d after the one before; numbers have no gaps and none occurs twice", m, i+1)
		}
	}
	return out, nil
}

func checksum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// bookkeeping holds one row per migration applied, and as version 0 the audit
// triggers, which are generated and replaced whenever they would differ.
const bookkeeping = `CREATE TABLE IF NOT EXISTS schema_migrations (
	version    BIGINT PRIMARY KEY,
	name       TEXT NOT NULL,
	checksum   TEXT NOT NULL,
	applied_at TIMESTAMP NOT NULL
)`

const auditVersion = 0

// MigrationState compares the database's schema with this program's. The
// errors are those of Migrate.
func (d *DB) MigrationState(ctx context.Context) (MigrationState, error) {
	known, err := readMigrations(migrationFiles, "migrations/"+d.engine.name())
	if err != nil {
		return MigrationState{}, internal(err)
	}
	var state MigrationState
	err = d.Read(ctx, migrationScope, func(tx Tx) error {
		state, err = d.compareMigrations(ctx, tx, known)
		return err
	})
	return state, err
}

const listMigrations = `SELECT version, name, checksum FROM schema_migrations WHERE version > 0 ORDER BY version`

func (d *DB) compareMigrations(ctx context.Context, tx Tx, known []Migration) (MigrationState, error) {
	tables, err := All(ctx, tx, Value[string], d.engine.listTables())
	if err != nil {
		return MigrationState{}, err
	}
	if !slices.Contains(tables, "schema_migrations") {
		return MigrationState{Pending: known}, nil
	}
	applied, err := All(ctx, tx, func(scan func(...any) error) (m Migration, err error) {
		err = scan(&m.Version, &m.Name, &m.Checksum)
		return m, err
	}, listMigrations)
	if err != nil {
		return MigrationState{}, err
	}
	for i, m := range applied {
		if i >= len(known) {
			return MigrationState{}, musika.Errorf(musika.CodeUnsupported,
				"The database was made by a newer version of Musika: it has migration %s, this program knows up to %s. Install the newer program.", applied[len(applied)-1], known[len(known)-1])
		}
		if m.Version != known[i].Version || m.Name != known[i].Name || m.Checksum != known[i].Checksum {
			return MigrationState{}, musika.Errorf(musika.CodeUnsupported,
				"Migration %s was applied to this database in another form than this program has. Install the program that belongs to the database, or restore a backup.", m)
		}
	}
	return MigrationState{Applied: applied, Pending: known[len(applied):]}, nil
}

// Migrate brings the schema, River's tables and the audit triggers up to date
// and returns the names of what it applied. It is safe to call from several
// processes at once; with nothing to do it only reads.
//
// Errors: CodeUnsupported when the database is newer than the program or one
// of its migrations differs; CodeConflict when another process works the
// SQLite file.
func (d *DB) Migrate(ctx context.Context) (applied []string, err error) {
	known, err := readMigrations(migrationFiles, "migrations/"+d.engine.name())
	if err != nil {
		return nil, internal(err)
	}
	return d.migrate(ctx, known)
}

func (d *DB) migrate(ctx context.Context, known []Migration) (applied []string, err error) {
	current := false
	err = d.Read(ctx, migrationScope, func(tx Tx) error {
		state, err := d.compareMigrations(ctx, tx, known)
		if err != nil || len(state.Pending) > 0 {
			return err
		}
		current, err = d.auditCurrent(ctx, tx)
		return err
	})
	if err == nil && current {
		var behind bool
		behind, err = d.engine.riverPending(ctx)
		current = !behind
	}
	if err != nil || current {
		return nil, d.engine.translate(err)
	}
	unlock, err := d.engine.lockMigrations(ctx)
	if err != nil {
		return nil, d.engine.translate(err)
	}
	defer unlock()
	defer d.engine.schemaChanged()
	if applied, err = d.engine.migrateRiver(ctx); err != nil {
		return nil, d.engine.translate(err)
	}
	for more := true; more; {
		err = d.Write(ctx, migrationScope, func(tx Tx) error {
			more = false
			if _, err := tx.Exec(ctx, bookkeeping); err != nil {
				return err
			}
			state, err := d.compareMigrations(ctx, tx, known)
			if err != nil || len(state.Pending) == 0 {
				return err
			}
			more = true
			m := state.Pending[0]
			if err := applyMigration(ctx, tx, m); err != nil {
				return fmt.Errorf("migration %s: %w", m, err)
			}
			tx.AfterCommit(func() { applied = append(applied, m.String()) })
			return nil
		})
		if err != nil {
			return applied, err
		}
	}
	err = d.Write(ctx, migrationScope, func(tx Tx) error { return d.refreshAudit(ctx, tx) })
	if err == nil && len(applied) > 0 {
		d.log.InfoContext(ctx, "database migrated", "applied", applied)
	}
	return applied, err
}

const recordMigration = `INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)`

func applyMigration(ctx context.Context, tx Tx, m Migration) error {
	if _, err := tx.Exec(ctx, m.script); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, recordMigration, m.Version, m.Name, m.Checksum, musika.Instant(time.Now()))
	return err
}

// riverPending reports whether River's own tables are behind this program.
func riverPending[T any](ctx context.Context, driver riverdriver.Driver[T]) (bool, error) {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: silent})
	if err != nil {
		return false, err
	}
	found, err := m.ExistingVersions(ctx)
	return len(found) < len(m.AllVersions()), err
}

// migrateRiver brings River's own tables up to date.
func migrateRiver[T any](ctx context.Context, driver riverdriver.Driver[T]) ([]string, error) {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: silent})
	if err != nil {
		return nil, err
	}
	result, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, v := range result.Versions {
		out = append(out, fmt.Sprintf("river %03d", v.Version))
	}
	return out, nil
}

// SchemaFingerprint names the schema that Migrate makes on Postgres, for a
// test harness that keeps migrated copies.
func SchemaFingerprint() string {
	known, err := readMigrations(migrationFiles, "migrations/postgres")
	if err != nil {
		panic(err) // the embedded files are checked by a test
	}
	river, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		panic(err) // River has its main line
	}
	var all strings.Builder
	all.WriteString(postgresAudit + fmt.Sprint(auditedTables, len(river.AllVersions())))
	for _, m := range known {
		all.WriteString(m.Checksum)
	}
	return checksum(all.String())
}
