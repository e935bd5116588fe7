package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const channelColumns = `id, kind, external_id, phone, name, merchant_id, prefix, created_at`

func scanChannel(scan func(...any) error) (musika.Channel, error) {
	var c musika.Channel
	err := scan(&c.ID, &c.Kind, &c.ExternalID, &c.Phone, &c.Name, db.OrZero(&c.MerchantID), &c.Prefix, &c.CreatedAt)
	return c, err
}

const ensureChannelSQL = `INSERT INTO channels (` + channelColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (kind, external_id) DO UPDATE SET phone = EXCLUDED.phone, name = EXCLUDED.name,
	merchant_id = EXCLUDED.merchant_id RETURNING ` + channelColumns

// EnsureChannel stores the channel (c.Kind, c.ExternalID), or gives the one
// there c's phone, name and merchant, and returns it. An empty prefix is "!";
// the prefix of a channel that exists stays.
func EnsureChannel(ctx context.Context, tx db.Tx, c musika.Channel) (musika.Channel, error) {
	if c.ID == "" {
		c.ID = musika.ChannelID(musika.NewID("chn", tx.Now()))
	}
	if c.Prefix == "" {
		c.Prefix = "!"
	}
	return db.One(ctx, tx, "channel", scanChannel, ensureChannelSQL, c.ID, c.Kind, c.ExternalID, c.Phone, c.Name,
		db.NullIfZero(c.MerchantID), c.Prefix, tx.Now())
}

const channelByIDSQL = `SELECT ` + channelColumns + ` FROM channels WHERE id = $1`

// Channel returns the channel with this id.
func Channel(ctx context.Context, tx db.Tx, id musika.ChannelID) (musika.Channel, error) {
	return db.One(ctx, tx, "channel", scanChannel, channelByIDSQL, id)
}

const channelByExternalIDSQL = `SELECT ` + channelColumns + ` FROM channels WHERE kind = $1 AND external_id = $2`

// ChannelByExternalID returns a transport's channel by the id that the
// transport gives it, and false when it is not known here.
func ChannelByExternalID(ctx context.Context, tx db.Tx, kind, externalID string) (musika.Channel, bool, error) {
	return db.Maybe(ctx, tx, scanChannel, channelByExternalIDSQL, kind, externalID)
}

const channelsSQL = `SELECT ` + channelColumns + ` FROM channels ORDER BY created_at, id`

// Channels returns all channels, oldest first.
func Channels(ctx context.Context, tx db.Tx) ([]musika.Channel, error) {
	return db.All(ctx, tx, scanChannel, channelsSQL)
}

const setPrefixSQL = `UPDATE channels SET prefix = $2 WHERE id = $1`

// SetPrefix stores the prefix of a channel's commands.
func SetPrefix(ctx context.Context, tx db.Tx, id musika.ChannelID, prefix string) error {
	n, err := tx.Exec(ctx, setPrefixSQL, id, prefix)
	return changed(n, err, "channel")
}
