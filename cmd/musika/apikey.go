package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/app"
	"github.com/musika/musika/internal/auth"
	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

type apikeyCommand struct {
	Create apikeyCreate `cmd:"" help:"Make a key and print it. It is not shown again."`
	List   apikeyList   `cmd:"" help:"List the keys."`
	Revoke apikeyRevoke `cmd:"" help:"End a key."`
}

// cli is the actor of what is done at the command line.
var cli = db.Service(musika.Actor{Kind: "system", Address: "command line"})

// database lends the database that the settings name to f.
func (s surroundings) database(ctx context.Context, f func(*config.Config, *db.DB) error) error {
	cfg, err := config.Load(s.environ)
	if err != nil {
		return err
	}
	d, err := app.OpenDatabase(ctx, cfg, app.Options{Logger: s.logger(cfg.Log)})
	if err != nil {
		return err
	}
	defer d.Close()
	return f(cfg, d)
}

type apikeyCreate struct {
	Name     string `help:"Who uses the key, to tell keys apart." default:"unnamed"`
	Merchant string `help:"Id or short name of the merchant that the key sees. Without it the key is the operator's and sees all."`
	Quiet    bool   `short:"q" help:"Print the key alone, for scripts."`
}

// Run makes a key.
func (c apikeyCreate) Run(ctx context.Context, s surroundings) error {
	return s.database(ctx, func(_ *config.Config, d *db.DB) error {
		var text, sees string
		err := d.Write(ctx, cli, func(tx db.Tx) error {
			merchant, name, err := findMerchant(ctx, tx, c.Merchant)
			if err != nil {
				return err
			}
			sees = name
			text, _, err = auth.CreateKey(ctx, tx, merchant, c.Name)
			return err
		})
		if err != nil {
			return err
		}
		if c.Quiet {
			fmt.Fprintln(s.out, text)
			return nil
		}
		fmt.Fprintf(s.out, "%s\n\nIt sees %s. Keep it now: it is not shown again.\nUse it as: curl -H 'Authorization: Bearer %s' …/api/orders\n", text, sees, text)
		return nil
	})
}

// findMerchant takes an id or a slug; neither is the operator's view.
func findMerchant(ctx context.Context, tx db.Tx, which string) (musika.MerchantID, string, error) {
	if which == "" {
		return "", "every merchant", nil
	}
	if strings.HasPrefix(which, "mer_") {
		m, err := store.Merchant(ctx, tx, musika.MerchantID(which))
		return m.ID, m.Name, err
	}
	m, ok, err := store.MerchantBySlug(ctx, tx, which)
	if err == nil && !ok {
		err = musika.Errorf(musika.CodeNotFound, "There is no merchant %q. Name it by its id (mer_…) or its short name.", which)
	}
	return m.ID, m.Name, err
}

type apikeyList struct{}

// Run lists the keys.
func (apikeyList) Run(ctx context.Context, s surroundings) error {
	return s.database(ctx, func(_ *config.Config, d *db.DB) error {
		var keys []store.APIKey
		err := d.Read(ctx, cli, func(tx db.Tx) (err error) {
			keys, err = store.APIKeys(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			fmt.Fprintln(s.out, "There are no keys. Make one with: musika apikey create")
			return nil
		}
		table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tKEY\tSEES\tMADE\tSTATE")
		for _, k := range keys {
			sees, state := string(k.MerchantID), "in force"
			if sees == "" {
				sees = "every merchant"
			}
			if !k.RevokedAt.IsZero() {
				state = "revoked " + k.RevokedAt.Format(time.DateOnly)
			}
			fmt.Fprintf(table, "%s\t%s\t%s…%s\t%s\t%s\t%s\n", k.ID, k.Name, auth.KeyPrefix, k.Hint, sees, k.CreatedAt.Format(time.DateOnly), state)
		}
		return table.Flush()
	})
}

type apikeyRevoke struct {
	ID musika.APIKeyID `arg:"" help:"The key's id, as apikey list shows it."`
}

// Run ends a key.
func (c apikeyRevoke) Run(ctx context.Context, s surroundings) error {
	return s.database(ctx, func(_ *config.Config, d *db.DB) error {
		err := d.Write(ctx, cli, func(tx db.Tx) error { return store.RevokeAPIKey(ctx, tx, c.ID) })
		if err == nil {
			fmt.Fprintf(s.out, "%s is revoked.\n", c.ID)
		}
		return err
	})
}
