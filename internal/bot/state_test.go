package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
)

// TestStateToleratesAnything checks that what cannot be a state starts fresh,
// and what can goes on.
func TestStateToleratesAnything(t *testing.T) {
	t.Parallel()
	b := New(Dependencies{})
	now := start
	good := state{Version: stateVersion, At: now.Add(-time.Minute), Flow: &flowState{ID: "m", Name: "checkout", Step: "note", At: now}}
	raw, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	if s, fresh := b.loadState(raw, now); fresh || s.Flow == nil || s.Flow.Step != "note" {
		t.Errorf("a good state was lost: %+v", s)
	}
	if _, fresh := b.loadState(raw, now.Add(25*time.Hour)); !fresh {
		t.Error("a conversation of yesterday goes on")
	}
	for _, bad := range []string{
		"", "null", "{}", "[]", "3", `"x"`, "{", `{"v":99}`, `{"v":1}`, `{"v":"1"}`, "\xff", `{"v":1,"at":"not a time"}`,
		`{"v":1,"at":"9999-01-01T00:00:00Z"}`, strings.Repeat("[", 20_000),
	} {
		if s, fresh := b.loadState(json.RawMessage(bad), now); !fresh || s.Version != stateVersion || s.Flow != nil {
			t.Errorf("%.40q gave %+v", bad, s)
		}
	}
	for _, flow := range []string{`{"name":"nosuch","step":"x"}`, `{"name":"checkout","step":"nosuch"}`, `{}`} {
		raw := `{"v":1,"at":"2026-03-04T08:00:00Z","flow":` + flow + `}`
		if s, fresh := b.loadState(json.RawMessage(raw), now); fresh || s.Flow != nil {
			t.Errorf("flow %s: fresh %v, %+v", flow, fresh, s.Flow)
		}
	}
}

// TestStateStaysSmall checks that a state that grew too big gives up what it
// can do without.
func TestStateStaysSmall(t *testing.T) {
	t.Parallel()
	s := &state{Version: stateVersion, Flow: &flowState{Name: "checkout", Step: "note", Data: map[string]string{}}}
	s.Undo = &undo{}
	for i := range 200 {
		s.Undo.Lines = append(s.Undo.Lines, undoLine{musika.ProductID("prd_01234567890123456789012345"), i})
	}
	raw, err := s.encode(start)
	if err != nil || len(raw) > maxState || s.Flow == nil || s.Undo != nil {
		t.Errorf("%d bytes, flow %v, %v", len(raw), s.Flow, err)
	}
	s.Flow.Data["note"] = strings.Repeat("x", maxState)
	if raw, err = s.encode(start); err != nil || len(raw) > maxState || s.Flow != nil {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	var l limits
	count := map[verdict]int{}
	for range messagesPerMinute + 10 {
		count[l.message(start, false)]++
	}
	if count[pass] != messagesPerMinute || count[notice] != 1 || count[silent] != 9 {
		t.Errorf("messages: %v", count)
	}
	if l.message(start.Add(time.Minute), false) != pass {
		t.Error("the next minute is silent too")
	}
	l = limits{}
	count = map[verdict]int{}
	for range samePerMinute + 3 {
		count[l.command(start, "ping")]++
	}
	if count[pass] != samePerMinute || count[notice] != 1 || l.command(start, "help") != pass {
		t.Errorf("commands: %v", count)
	}
}
