package template_test

import (
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/template"
	"github.com/musika/musika/internal/transport/cloudapi"
)

// cloud is the Cloud API as the program has it.
func cloud(t testing.TB) template.Target {
	t.Helper()
	client, err := cloudapi.New(cloudapi.Config{BaseURL: "https://graph.facebook.com", Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	return template.Target{Name: "cloudapi", Capabilities: client.Capabilities()}
}

// plain is a transport that shows words and pictures only.
var plain = template.Target{Name: "plain", Capabilities: musika.Capabilities{TextLength: 4096, CaptionLength: 1024, Window: 24 * time.Hour}}
