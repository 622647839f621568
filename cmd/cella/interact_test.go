package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cella-secrets/cella/apply"
)

func TestProgressIsALineNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := newWatched()
		p := startProgress(out)
		p.observe(apply.Event{Tried: 3, Planned: 40})
		time.Sleep(9 * time.Second)
		if out.text() != "" {
			t.Errorf("a run shorter than ten seconds says %q", out.text())
		}
		time.Sleep(2 * time.Second)
		p.observe(apply.Event{Tried: 31, Planned: 40})
		time.Sleep(10 * time.Second)
		p.stop()
		time.Sleep(time.Minute)
		want := "cella: 3 of 40 changes tried\ncella: 31 of 40 changes tried\n"
		if got := out.text(); got != want {
			t.Errorf("progress = %q, want %q", got, want)
		}
	})
}

func TestConfirm(t *testing.T) {
	tests := map[string]struct {
		answer string
		want   bool
	}{
		"yes":           {"yes\n", true},
		"spaces around": {" yes \r\n", true},
		"no newline":    {"yes", true},
		"y":             {"y\n", false},
		"upper case":    {"YES\n", false},
		"no":            {"no\n", false},
		"nothing":       {"\n", false},
		"closed":        {"", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var stderr strings.Builder
			err := confirm(t.Context(), streams{in: strings.NewReader(test.answer), err: &stderr})
			if got := err == nil; got != test.want {
				t.Errorf("confirm(%q) = %v, want approved: %v", test.answer, err, test.want)
			}
			says(t, stderr.String(), `Only "yes" goes on`)
		})
	}
}
