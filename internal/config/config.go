// Package config reads the program's settings from the environment and from an
// optional file, checks them all at once, and refuses what it does not know.
//
// A setting is one tagged field of Config. Its tags are all that there is to
// say about it: env (its name), doc, default, example, check, min and max. A
// field of type Secret, and one tagged secret:"true", is never shown. The page
// docs/configuration.md is made from them:
//
//go:generate go test -run TestReferenceIsFresh -update .
package config

import (
	"log/slog"
	"time"

	"github.com/musika/musika"
)

// Config is every setting. Load makes one; its zero value is not usable.
type Config struct {
	HTTP     HTTP     `title:"HTTP"`
	Storage  Storage  `title:"Storage"`
	CloudAPI CloudAPI `title:"WhatsApp Cloud API"`
	Bot      Bot      `title:"Bot"`
	Queue    Queue    `title:"Jobs"`
	Log      Log      `title:"Log"`

	sources map[string]string // setting name → where its value came from
}

// HTTP is how the program is reached.
type HTTP struct {
	Addr            string        `env:"MUSIKA_ADDR" default:"127.0.0.1:8080" check:"hostport" doc:"Address that the program listens on. Port 0 picks a free one."`
	PublicURL       string        `env:"MUSIKA_PUBLIC_URL" example:"https://shop.example.com" check:"url" doc:"Address under which WhatsApp reaches the program from the internet, without a path. doctor checks it and prints the webhook's address."`
	ShutdownTimeout time.Duration `env:"MUSIKA_SHUTDOWN_TIMEOUT" default:"20s" min:"1s" max:"10m" doc:"How long a stop may take to finish what is under way."`
}

// Storage is where data is kept.
type Storage struct {
	DatabaseURL       string `env:"DATABASE_URL" secret:"true" example:"postgres://musika:password@localhost:5432/musika" check:"postgres" doc:"PostgreSQL 15 or later, Supabase included. Without it an embedded SQLite file in the data folder is used."`
	DataDir           string `env:"MUSIKA_DATA_DIR" default:"./musika-data" doc:"Folder of the embedded database."`
	Connections       int    `env:"MUSIKA_DATABASE_CONNECTIONS" default:"20" min:"2" max:"1000" doc:"Most connections to PostgreSQL at once."`
	SQLiteSynchronous string `env:"MUSIKA_SQLITE_SYNCHRONOUS" default:"FULL" check:"oneof FULL NORMAL" doc:"SQLite's synchronous setting. FULL survives a power cut; NORMAL is faster, survives a crash of the program, and may lose the last moments when power fails."`
}

// CloudAPI is Meta's WhatsApp Cloud API. All of Token, AppSecret, VerifyToken
// and Numbers are set, or none.
type CloudAPI struct {
	BaseURL      string        `env:"MUSIKA_CLOUDAPI_URL" default:"https://graph.facebook.com" check:"url" doc:"Where the Graph API is. Point it at the simulator to try things out."`
	Version      string        `env:"MUSIKA_CLOUDAPI_VERSION" default:"v26.0" check:"version" doc:"Graph API version."`
	Token        Secret        `env:"MUSIKA_CLOUDAPI_TOKEN" example:"EAAB…" doc:"Access token of a system user with whatsapp_business_messaging."`
	AppSecret    Secret        `env:"MUSIKA_CLOUDAPI_APP_SECRET" example:"0123456789abcdef0123456789abcdef" doc:"The app's secret. Webhooks that are not signed with it are refused."`
	VerifyToken  Secret        `env:"MUSIKA_CLOUDAPI_VERIFY_TOKEN" example:"a-long-random-word" doc:"The word that Meta sends when the webhook is set up. Choose one and type it in at Meta."`
	Numbers      []string      `env:"MUSIKA_CLOUDAPI_NUMBERS" example:"106000000000001,106000000000002" check:"digits" doc:"Phone number ids (not the numbers themselves) that this program answers, separated by commas."`
	Rate         int           `env:"MUSIKA_CLOUDAPI_RATE" default:"80" min:"1" max:"1000" doc:"Messages a second that one number may send: Meta's throughput is 80, or 1000 when upgraded."`
	PairInterval time.Duration `env:"MUSIKA_CLOUDAPI_PAIR_INTERVAL" default:"6s" min:"1ms" max:"1m" doc:"Least time between messages to the same person, on average. Meta asks for 6 s."`
	PairBurst    int           `env:"MUSIKA_CLOUDAPI_PAIR_BURST" default:"45" min:"1" max:"1000" doc:"Messages to the same person that may go at once before the interval above holds."`
	SettleAfter  time.Duration `env:"MUSIKA_SETTLE_AFTER" default:"15s" min:"100ms" max:"1h" doc:"How long a message with an unknown outcome (the connection broke, the program was killed) waits for a status that proves it was sent, before it is sent again."`
}

// Configured reports whether the channel is set up.
func (c CloudAPI) Configured() bool { return c.Token != "" }

// Bot is what the bot says of itself, and who runs it.
type Bot struct {
	PlatformName  string         `env:"MUSIKA_PLATFORM_NAME" default:"Musika" check:"line" doc:"What the bot calls itself."`
	Prefix        string         `env:"MUSIKA_PREFIX" default:"!" check:"prefix" doc:"Character that starts a command in a channel."`
	OperatorName  string         `env:"MUSIKA_OPERATOR_NAME" default:"Musika" check:"line" doc:"Name on the contact card that the owner command sends."`
	OperatorPhone musika.Phone   `env:"MUSIKA_OPERATOR_PHONE" example:"+263771234567" doc:"Number on that card. Without it the owner command says that there is none."`
	Admins        []musika.Phone `env:"MUSIKA_ADMINS" example:"+263771234567,+27821234567" doc:"Numbers that may use the admin commands, separated by commas."`
}

// Queue is how many jobs run at once.
type Queue struct {
	MediaProcessing int           `env:"MUSIKA_WORKERS_MEDIA_PROCESSING" default:"3" min:"1" max:"1000" doc:"Workers of the queue media_processing."`
	MessageSending  int           `env:"MUSIKA_WORKERS_MESSAGE_SENDING" default:"5" min:"1" max:"1000" doc:"Workers of the queue message_sending."`
	OrderProcessing int           `env:"MUSIKA_WORKERS_ORDER_PROCESSING" default:"2" min:"1" max:"1000" doc:"Workers of the queue order_processing."`
	WebhookDelivery int           `env:"MUSIKA_WORKERS_WEBHOOK_DELIVERY" default:"5" min:"1" max:"1000" doc:"Workers of the queue webhook_delivery."`
	FetchCooldown   time.Duration `env:"MUSIKA_QUEUE_FETCH_COOLDOWN" default:"2ms" min:"1ms" max:"10s" doc:"Least time between two fetches of a queue. Workers divided by this is the most jobs a second that a queue can start."`
}

// Log is what is written to standard error.
type Log struct {
	Level  slog.Level `env:"MUSIKA_LOG_LEVEL" default:"info" check:"level" doc:"debug, info, warn or error."`
	Format string     `env:"MUSIKA_LOG_FORMAT" default:"text" check:"oneof text json" doc:"text for people, json for machines."`
}

// cross checks what no field can check alone.
func (c *Config) cross() []musika.FieldError {
	var out []musika.FieldError
	w := c.CloudAPI
	all := []struct {
		name, example string
		set           bool
	}{
		{"MUSIKA_CLOUDAPI_TOKEN", "EAAB…", w.Token != ""},
		{"MUSIKA_CLOUDAPI_APP_SECRET", "0123456789abcdef0123456789abcdef", w.AppSecret != ""},
		{"MUSIKA_CLOUDAPI_VERIFY_TOKEN", "a-long-random-word", w.VerifyToken != ""},
		{"MUSIKA_CLOUDAPI_NUMBERS", "106000000000001", len(w.Numbers) > 0},
	}
	set := ""
	for _, s := range all {
		if s.set {
			set = s.name
		}
	}
	for _, s := range all {
		if set != "" && !s.set {
			out = append(out, musika.FieldError{Field: s.name, Message: "is needed as well, since " + set + " is set. Example: " + s.name + "=" + s.example})
		}
	}
	return out
}
