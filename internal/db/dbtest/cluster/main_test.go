//go:build unix

package main

import "testing"

func TestRunPassesTheExitCodeOn(t *testing.T) {
	t.Setenv("MUSIKA_TEST_POSTGRES_URL", "")
	for _, c := range []struct {
		args []string
		code int
		bad  bool
	}{
		{[]string{"sh", "-c", `[ -n "$MUSIKA_TEST_POSTGRES_URL" ]`}, 0, false},
		{[]string{"sh", "-c", "exit 7"}, 7, false},
		{[]string{"sh", "-c", "kill -9 $$"}, 1, false},
		{[]string{"/no/such/command"}, 1, true},
	} {
		code, err := run("", false, c.args)
		if code != c.code || (err != nil) != c.bad {
			t.Errorf("%v: code %d, %v", c.args, code, err)
		}
	}
}
