package db

import (
	"context"
	"io/fs"

	"github.com/riverqueue/river"
)

// RetryPolicy is the policy of jobs that have none of their own.
var RetryPolicy river.ClientRetryPolicy = retryPolicy{}

// MigrationFiles are the embedded migrations; ReadMigrations reads one folder
// of such a tree.
var MigrationFiles fs.FS = migrationFiles

var ReadMigrations = readMigrations

// MigrateFrom is Migrate with the migrations of another tree.
func (d *DB) MigrateFrom(ctx context.Context, files fs.FS) ([]string, error) {
	known, err := readMigrations(files, "migrations/"+d.engine.name())
	if err != nil {
		return nil, err
	}
	return d.migrate(ctx, known)
}

// AuditedTables names the tables under audit.
func AuditedTables() (names []string) {
	for _, a := range auditedTables {
		names = append(names, a.table)
	}
	return names
}
