package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/pantheon"
)

func TestWorstExit(t *testing.T) {
	tests := map[string]struct {
		codes  []int
		want   int
		reason string
	}{
		"nothing":                   {nil, exitOK, "nothing went wrong"},
		"changes":                   {[]int{exitOK, exitChanges}, exitChanges, "changes are worth telling"},
		"partial over changes":      {[]int{exitChanges, exitPartial}, exitPartial, "a failed step outweighs what is pending"},
		"interrupted over partial":  {[]int{exitPartial, exitInterrupted}, exitInterrupted, "what was not tried follows from the interruption"},
		"refused over interrupted":  {[]int{exitInterrupted, exitRefused}, exitRefused, "a refusal needs a person"},
		"error over refused":        {[]int{exitRefused, exitError}, exitError, "an unread owner may hold more refusals"},
		"credentials over anything": {[]int{exitError, exitRefused, exitCredentials}, exitCredentials, "nothing can be said without them"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := worstExit(test.codes...); got != test.want {
				t.Errorf("worstExit(%v) = %d, want %d: %s", test.codes, got, test.want, test.reason)
			}
		})
	}
}

func TestReportOfErrors(t *testing.T) {
	tests := map[string]struct {
		err  error
		code int
		want []string
	}{
		"none":  {nil, exitOK, nil},
		"plain": {errors.New("broken"), exitError, []string{"cella: error: broken"}},
		"rejected token": {
			fmt.Errorf("sign in: %w", pantheon.ErrCredentials), exitCredentials,
			[]string{"cella: error: sign in", "old machine tokens can be revoked"},
		},
		"missing token": {
			&pantheon.MissingTokenError{Dir: "/x"}, exitCredentials,
			[]string{"cella: error: find token", "cella: hint: create a personal access token", "PANTHEON_MACHINE_TOKEN"},
		},
		"service down": {fmt.Errorf("sign in: %w", pantheon.ErrUnavailable), exitError, []string{"cella: hint: the service is down"}},
		"no access":    {fmt.Errorf("list: %w", pantheon.ErrForbidden), exitError, []string{"cella: hint: the account of this token needs a role"}},
		"interrupted":  {fmt.Errorf("list: %w", context.Canceled), exitInterrupted, []string{"cella: error: interrupted"}},
		"several at once": {
			hint.New(errors.Join(errors.New("one"), errors.New("two")), "next"), exitError,
			[]string{"cella: error: one\n", "cella: error: two\n", "cella: hint: next\n"},
		},
		"quiet": {quietExit(exitChanges), exitChanges, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var stderr strings.Builder
			if got := report(&stderr, test.err); got != test.code {
				t.Errorf("exit code = %d, want %d", got, test.code)
			}
			for _, want := range test.want {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("stderr lacks %q:\n%s", want, stderr.String())
				}
			}
			if len(test.want) == 0 && stderr.Len() > 0 {
				t.Errorf("stderr = %q, want nothing", stderr.String())
			}
		})
	}
}

func TestLoopback(t *testing.T) {
	for listen, want := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:0": true, "[::1]:80": true, "127.9.9.9:1": true,
		":8080": false, "0.0.0.0:80": false, "192.168.0.1:80": false, "example.com:80": false, "127.0.0.1": false,
	} {
		if got := loopback(listen) == nil; got != want {
			t.Errorf("loopback(%q) allows = %v, want %v", listen, got, want)
		}
	}
}

func TestColored(t *testing.T) {
	tests := map[string]struct {
		flag string
		want bool
	}{"asked for": {"always", true}, "forbidden": {"never", false}, "no terminal": {"auto", false}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			flags := outputFlags{color: test.flag}
			std := streams{out: &strings.Builder{}, env: func(string) string { return "" }}
			if got := flags.colored(std); got != test.want {
				t.Errorf("colored = %v, want %v", got, test.want)
			}
		})
	}
	if err := (&outputFlags{color: "blue"}).check(); err == nil || !strings.Contains(explained(err).hints[0], "auto, always or never") {
		t.Errorf("check = %v, want an error that lists the choices", err)
	}
}
