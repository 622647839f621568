package pantheon_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/secret"
)

// The emulator is a second reading of the protocol that knows nothing of the
// client. What both agree on, at least two readers understood alike.

const (
	oldValue = "old-value"
	newValue = "new-value"
)

func startEmulator(t *testing.T) (*emulatortest.Server, *pantheon.Client, secret.Owner) {
	t.Helper()
	server, err := emulatortest.New(emulator.State{
		Organizations: []emulator.Organization{{Name: "agency", Label: "The Agency", Secrets: map[string]emulator.Secret{
			"SHARED": {Type: "runtime", Scopes: []string{"web"}, Value: "shared"},
		}}},
		Sites: []emulator.Site{{Name: "shop", Organization: "agency", Secrets: map[string]emulator.Secret{
			"A":      {Type: "runtime", Scopes: []string{"web"}, Value: oldValue, Overrides: map[string]string{"live": oldValue}},
			"BANNER": {Type: "env", Scopes: []string{"user", "web"}, Value: "shown", Overrides: map[string]string{"dev": "shown too"}},
			"a/b?c#": {Type: "composer", Scopes: []string{"ic"}, Value: oldValue},
		}}},
	}, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	client, err := pantheon.New(pantheon.Options{Transport: server.Transport(), MachineToken: secret.NewValue(server.Token())})
	if err != nil {
		t.Fatal(err)
	}
	id, err := client.SiteID(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	return server, client, secret.Owner{Kind: secret.Site, Name: "shop", ID: id}
}

func TestListsOfTheEmulator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client, shop := startEmulator(t)
		live, err := client.List(t.Context(), shop)
		if err != nil {
			t.Fatal(err)
		}
		want := []secret.LiveSecret{
			{Name: "A", Type: "runtime", Scopes: secret.NewScopes("web"), Overrides: []secret.LiveOverride{{Env: "live"}}},
			{
				Name: "BANNER", Type: "env", Scopes: secret.NewScopes("user", "web"), Value: secret.Read(secret.NewValue("shown")),
				Overrides: []secret.LiveOverride{{Env: "dev", Value: secret.Read(secret.NewValue("shown too"))}},
			},
			{Name: "SHARED", Type: "runtime", Scopes: secret.NewScopes("web"), Presence: secret.MayBeInherited},
			{Name: "a/b?c#", Type: "composer", Scopes: secret.NewScopes("ic")},
		}
		same := cmp.Comparer(func(a, b secret.Reading) bool {
			return a.Readable() == b.Readable() && (!a.Readable() || a.Matches(b.Value()))
		})
		if diff := cmp.Diff(want, live.Secrets, same); diff != "" {
			t.Errorf("list (-want +got):\n%s", diff)
		}
		organizations, err := client.Organizations(t.Context())
		if err != nil || len(organizations) != 1 || organizations[0].MachineName != "agency" || organizations[0].Label != "The Agency" {
			t.Fatalf("organizations %v, %v", organizations, err)
		}
		agency := secret.Owner{Kind: secret.Organization, Name: "agency", ID: organizations[0].ID}
		live, err = client.List(t.Context(), agency)
		if err != nil || len(live.Secrets) != 1 || live.Secrets[0].Name != "SHARED" || live.Secrets[0].Presence != secret.Own {
			t.Errorf("the organization's list: %v, %v", live, err)
		}
		if _, err := client.SiteID(t.Context(), "nowhere"); !errors.Is(err, pantheon.ErrNotFound) {
			t.Errorf("an unknown site: %v", err)
		}
	})
}

// writes are the changes, and how to see whether one was made.
func writes() map[string]struct {
	do   func(context.Context, *pantheon.Client, secret.Owner) error
	done func(*emulatortest.Server) bool
} {
	type row = struct {
		do   func(context.Context, *pantheon.Client, secret.Owner) error
		done func(*emulatortest.Server) bool
	}
	value := secret.NewValue(newValue)
	return map[string]row{
		"create": {
			func(ctx context.Context, c *pantheon.Client, o secret.Owner) error {
				return c.Create(ctx, o, "NEW", "runtime", secret.NewScopes("web"), value)
			},
			func(s *emulatortest.Server) bool { return s.Holds("site:shop", "NEW", "", newValue) },
		},
		"create over an inherited one": {
			func(ctx context.Context, c *pantheon.Client, o secret.Owner) error {
				return c.Create(ctx, o, "SHARED", "runtime", secret.NewScopes("web"), value)
			},
			func(s *emulatortest.Server) bool { return s.Holds("site:shop", "SHARED", "", newValue) },
		},
		"create what exists": {
			func(ctx context.Context, c *pantheon.Client, o secret.Owner) error {
				return c.Create(ctx, o, "A", "runtime", secret.NewScopes("web"), value)
			},
			func(s *emulatortest.Server) bool { return s.Holds("site:shop", "A", "", newValue) },
		},
		"set": {
			func(ctx context.Context, c *pantheon.Client, o secret.Owner) error {
				return c.Set(ctx, o, "a/b?c#", "", value)
			},
			func(s *emulatortest.Server) bool { return s.Holds("site:shop", "a/b?c#", "", newValue) },
		},
		"set override": {
			func(ctx context.Context, c *pantheon.Client, o secret.Owner) error {
				return c.Set(ctx, o, "A", "test", value)
			},
			func(s *emulatortest.Server) bool { return s.Holds("site:shop", "A", "test", newValue) },
		},
		"remove override": {
			func(ctx context.Context, c *pantheon.Client, o secret.Owner) error {
				return c.RemoveOverride(ctx, o, "A", "live")
			},
			func(s *emulatortest.Server) bool {
				_, _, envs, _ := s.Attributes("site:shop", "A")
				return !slices.Contains(envs, "live")
			},
		},
		"delete": {
			func(ctx context.Context, c *pantheon.Client, o secret.Owner) error { return c.Delete(ctx, o, "A") },
			func(s *emulatortest.Server) bool { return !slices.Contains(s.Names("site:shop"), "A") },
		},
	}
}

// Under every fault, once or for ever, before or after the write took effect:
// success means that it was made, and an error that is not ambiguous means
// that it was not.
func TestWritesTellTheTruth(t *testing.T) {
	faults := map[string]emulatortest.Fault{
		"none":        {Skip: 1 << 30},
		"429":         emulatortest.TooMany(""),
		"429, date":   emulatortest.TooMany("Sat, 01 Jan 2000 00:01:00 GMT"),
		"500":         {Status: http.StatusInternalServerError},
		"503":         {Status: http.StatusServiceUnavailable},
		"403":         {Status: http.StatusForbidden, Body: `"no"`},
		"403, passes": emulatortest.TransientForbidden(),
		"page":        emulatortest.MaintenancePage(),
		"redirect":    emulatortest.Redirect("https://elsewhere.invalid/"),
		"cut":         {Cut: true},
		"truncated":   {Truncate: true},
		"slow":        {Delay: 31 * time.Second},
		"expired":     {ExpireSessions: true},
		"401":         {Status: http.StatusUnauthorized},
	}
	for writeName, write := range writes() {
		for faultName, fault := range faults {
			for _, times := range []int{1, -1} {
				for _, effect := range []bool{false, true} {
					if effect && (fault.Status == 401 || fault.Status == 429 || fault.Status == 403 && faultName == "403") {
						continue // a platform that refuses and yet obeys is beyond help
					}
					t.Run(fmt.Sprintf("%s/%s/times %d/effect %v", writeName, faultName, times, effect), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							server, client, shop := startEmulator(t)
							fault := fault
							fault.Path, fault.Times, fault.Effect = "/customer-secrets/", times, effect
							server.Script(fault)
							err := write.do(t.Context(), client, shop)
							done := write.done(server)
							if err == nil && !done {
								t.Error("it reports success, and nothing was done")
							}
							if err != nil && !pantheon.Ambiguous(err) && done {
								t.Errorf("it was done, and yet: %v", err)
							}
							if err != nil && strings.Contains(err.Error(), newValue) {
								t.Errorf("it tells the value: %v", err)
							}
							passes := !slices.Contains([]string{"403", "redirect"}, faultName)
							if times == 1 && passes && err != nil {
								t.Errorf("one failure that passes: %v", err)
							}
						})
					})
				}
			}
		}
	}
}

func TestConflictsOfTheEmulator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client, shop := startEmulator(t)
		err := client.Create(t.Context(), shop, "A", "env", secret.NewScopes("web"), secret.NewValue(newValue))
		conflict, ok := errors.AsType[*pantheon.ConflictError](err)
		if !ok || conflict.HaveType != "runtime" || !conflict.HaveScopes.Equal(secret.NewScopes("web")) {
			t.Errorf("got %v", err)
		}
		if !server.Holds("site:shop", "A", "", oldValue) {
			t.Error("the value was changed all the same")
		}
		err = client.Set(t.Context(), shop, "NEW", "live", secret.NewValue(newValue))
		if !errors.Is(err, pantheon.ErrNotFound) {
			t.Errorf("an override without default: %v", err)
		}
	})
}

// The default pace stays under the limit of the platform, whatever runs side
// by side.
func TestPaceStaysUnderTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client, shop := startEmulator(t)
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				if _, err := client.List(t.Context(), shop); err != nil {
					t.Errorf("list %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		for _, entry := range server.Log() {
			if entry.Status != http.StatusOK {
				t.Errorf("%s was answered with %d", entry.Operation, entry.Status)
			}
		}
	})
}

func TestWrongTokenAtTheEmulator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _, _ := startEmulator(t)
		client, err := pantheon.New(pantheon.Options{Transport: server.Transport(), MachineToken: secret.NewValue("wrong-token")})
		if err != nil {
			t.Fatal(err)
		}
		err = client.SignIn(t.Context())
		if !errors.Is(err, pantheon.ErrCredentials) || strings.Contains(err.Error(), "wrong-token") {
			t.Errorf("got %v", err)
		}
	})
}

// Two who make the same thing at once: one makes it, and the other neither
// changes it nor takes it for its own.
func TestCreateNewAtTheEmulator(t *testing.T) {
	lost := emulatortest.Fault{Operation: emulator.CreateSecret, Cut: true, Effect: true}
	tests := map[string]struct {
		first, second string
		fault         emulatortest.Fault
		exists        bool
		reason        string
	}{
		"another's":           {"theirs", "ours", emulatortest.Fault{}, true, "it was there first"},
		"the same":            {"ours", "ours", emulatortest.Fault{}, false, "it is what was to be made"},
		"the answer was lost": {"", "ours", lost, false, "the create is repeated, and finds its own"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client, shop := startEmulator(t)
				create := func(value string) error {
					return client.CreateNew(t.Context(), shop, "NEW", secret.RuntimeType, secret.NewScopes(secret.UserScope), secret.NewValue(value))
				}
				if test.first != "" {
					if err := create(test.first); err != nil {
						t.Fatal(err)
					}
				}
				server.Script(test.fault)
				err := create(test.second)
				if errors.Is(err, pantheon.ErrExists) != test.exists || (err != nil) != test.exists || pantheon.Ambiguous(err) {
					t.Errorf("%v: %s", err, test.reason)
				}
				want := test.first
				if want == "" {
					want = test.second
				}
				if !server.Holds("site:shop", "NEW", "", want) {
					t.Errorf("it does not hold %q: %s", want, test.reason)
				}
				for _, request := range server.Log() {
					if request.Method == http.MethodPatch {
						t.Error("something was changed")
					}
				}
			})
		})
	}
}

// TestListsThatMayBeCut: more was counted than came.
func TestListsThatMayBeCut(t *testing.T) {
	const (
		other   = "00000000-0000-4000-8000-000000000000"
		refused = "list secrets on site:shop: the list is that of another site (status 200)"
	)
	tests := map[string]struct {
		fault emulatortest.Fault
		cut   bool
		err   string
	}{
		"whole":                {emulatortest.Fault{}, false, ""},
		"cut":                  {emulatortest.CutList("BANNER"), true, ""},
		"nothing came":         {emulatortest.CutList("A", "BANNER", "SHARED", "a/b?c#"), true, ""},
		"counted more":         {emulatortest.WrongCount(5), true, ""},
		"counted less":         {emulatortest.WrongCount(3), false, ""},
		"in upper case":        {emulatortest.UpperCaseIDs(), false, ""},
		"of another site":      {all(emulatortest.WrongSite(other)), false, refused},
		"once of another":      {emulatortest.WrongSite(other), false, ""},
		"of no id to speak of": {all(emulatortest.WrongSite("shop")), false, refused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client, shop := startEmulator(t)
				server.Script(test.fault)
				live, err := client.List(t.Context(), shop)
				if test.err == "" && err != nil || test.err != "" && (err == nil || err.Error() != test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				if live.Cut != test.cut {
					t.Errorf("cut: %t, want %t", live.Cut, test.cut)
				}
			})
		})
	}
}
