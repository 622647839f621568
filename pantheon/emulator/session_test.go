package emulator_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

func TestSignIn(t *testing.T) {
	tests := map[string]struct {
		body   string
		status int
		text   string
		reason string
	}{
		"valid":     {`{"machine_token":"ada-token","client":"terminus"}`, 200, "", "the token is ada's"},
		"unknown":   {`{"machine_token":"nobody","client":"terminus"}`, 401, emulatortest.RefusedText, "as recorded"},
		"missing":   {`{"client":"terminus"}`, 400, "A machine token is required.", "nothing to check"},
		"not JSON":  {`machine_token=ada-token`, 400, "A machine token is required.", "forms are not taken"},
		"wrong key": {`{"token":"ada-token"}`, 400, "A machine token is required.", "the key is machine_token"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, emulator.Options{})
			status, body := p.do(http.MethodPost, "/api/authorize/machine-token", "", test.body)
			if status != test.status || test.text != "" && body != test.text {
				t.Errorf("status %d, body %q; want %d, %q: %s", status, body, test.status, test.text, test.reason)
			}
		})
	}
}

func TestSignInReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := serve(t, emulator.Options{SessionLifetime: time.Hour})
		_, body := p.do(http.MethodPost, "/api/authorize/machine-token", "", `{"machine_token":"ada-token"}`)
		var reply struct {
			Session   string `json:"session"`
			UserID    string `json:"user_id"`
			ExpiresAt int64  `json:"expires_at"`
		}
		if err := json.Unmarshal([]byte(body), &reply); err != nil {
			t.Fatal(err)
		}
		if reply.Session == "" || reply.Session == p.session {
			t.Error("each sign-in must give a session of its own")
		}
		if want := emulator.DerivedID("account", "ada@example.com"); reply.UserID != want {
			t.Errorf("user_id %s, want %s", reply.UserID, want)
		}
		if want := time.Now().Add(time.Hour).Unix(); reply.ExpiresAt != want {
			t.Errorf("expires_at %d, want %d", reply.ExpiresAt, want)
		}
	})
}

func TestFormOfSession(t *testing.T) {
	p := serve(t, emulator.Options{})
	user, secrets := "/api/users/"+p.id, secretsPath(p.server, "site:shop")+"/showall"
	tests := map[string]struct {
		path, authorization string
		status              int
		reason              string
	}{
		"base API, bearer":        {user, "Bearer " + p.session, 200, "its form"},
		"base API, bare":          {user, p.session, 401, "the secrets service's form"},
		"base API, lower case":    {user, "bearer " + p.session, 401, "not what Terminus sends"},
		"base API, none":          {user, "", 401, "no session"},
		"base API, unknown":       {user, "Bearer nobody", 401, "no such session"},
		"base API, empty bearer":  {user, "Bearer ", 401, "no session"},
		"secrets, bare":           {secrets, p.session, 200, "its form"},
		"secrets, bearer":         {secrets, "Bearer " + p.session, 401, "the base API's form"},
		"secrets, none":           {secrets, "", 401, "no session"},
		"secrets, unknown":        {secrets, "nobody", 401, "no such session"},
		"secrets, machine token":  {secrets, "ada-token", 401, "a token is no session"},
		"base API, machine token": {user, "Bearer ada-token", 401, "a token is no session"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p.t = t
			if status, _ := p.do(http.MethodGet, test.path, test.authorization, ""); status != test.status {
				t.Errorf("status %d, want %d: %s", status, test.status, test.reason)
			}
			log := p.server.Log()
			if authorized := log[len(log)-1].Authorized; authorized != (test.status == 200) {
				t.Errorf("logged as authorized: %t", authorized)
			}
		})
	}
}

func TestSessionExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := serve(t, emulator.Options{SessionLifetime: time.Minute})
		time.Sleep(time.Minute - time.Nanosecond)
		if status, _ := p.get("/api/users/" + p.id); status != 200 {
			t.Errorf("status %d before the session has expired", status)
		}
		time.Sleep(time.Nanosecond)
		if status, _ := p.get("/api/users/" + p.id); status != 401 {
			t.Errorf("base API: status %d after the session has expired", status)
		}
		if status, _ := p.secrets(http.MethodGet, "site:shop", "/showall", ""); status != 401 {
			t.Errorf("secrets service: status %d after the session has expired", status)
		}
		p = signIn(t, p.server, "ada-token")
		if status, _ := p.get("/api/users/" + p.id); status != 200 {
			t.Errorf("status %d with a new session", status)
		}
	})
}

func TestLimit(t *testing.T) {
	type step struct {
		wait   time.Duration
		status int
	}
	tests := map[string]struct {
		limit  int
		steps  []step
		reason string
	}{
		"default": {0, []step{{0, 200}, {0, 200}, {0, 200}, {0, 429}}, "3 per second"},
		"paced":   {0, []step{{0, 200}, {334 * time.Millisecond, 200}, {334 * time.Millisecond, 200}, {334 * time.Millisecond, 200}}, "never 4 within a second"},
		"any second": {0, []step{{0, 200}, {600 * time.Millisecond, 200}, {0, 200}, {400 * time.Millisecond, 200}, {0, 429}},
			"windows slide: a second begins with every request"},
		"refused ones are free": {1, []step{{0, 200}, {500 * time.Millisecond, 429}, {500 * time.Millisecond, 200}}, "only admitted ones count"},
		"other limit":           {2, []step{{0, 200}, {0, 200}, {0, 429}}, "as the options say"},
		"unlimited":             {emulator.Unlimited, []step{{0, 200}, {0, 200}, {0, 200}, {0, 200}, {0, 200}}, "as the options say"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, err := emulatortest.New(fixture(), emulator.Options{Limit: test.limit})
				if err != nil {
					t.Fatal(err)
				}
				p := signIn(t, server, "ada-token")
				for i, step := range test.steps {
					time.Sleep(step.wait)
					if status, _ := p.secrets(http.MethodGet, "org:agency", "", ""); status != step.status {
						t.Errorf("request %d: status %d, want %d: %s", i+1, status, step.status, test.reason)
					}
				}
			})
		})
	}
}

func TestLimitIsPerUserAndForSecretsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := emulatortest.New(fixture(), emulator.Options{Limit: 1, RetryAfter: true})
		if err != nil {
			t.Fatal(err)
		}
		ada, again, bob := signIn(t, server, "ada-token"), signIn(t, server, "ada-token"), signIn(t, server, "bob-token")
		if status, _ := ada.secrets(http.MethodGet, "site:commons", "/showall", ""); status != 200 {
			t.Errorf("ada: status %d", status)
		}
		response, err := again.send(http.MethodGet, secretsPath(server, "site:commons")+"/showall", again.session, "")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 429 || response.Header.Get("Retry-After") != "1" {
			t.Errorf("ada in another session: status %d, Retry-After %q", response.StatusCode, response.Header.Get("Retry-After"))
		}
		if status, _ := bob.secrets(http.MethodGet, "site:commons", "/showall", ""); status != 200 {
			t.Errorf("bob: status %d, the limit is per user", status)
		}
		for range 5 {
			if status, _ := ada.get("/api/users/" + ada.id); status != 200 {
				t.Errorf("base API: status %d, the limit is the secrets service's", status)
			}
		}
	})
}

func TestLimitOfState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := fixture()
		state.RequestsPerSecond = emulator.Unlimited
		server, err := emulatortest.New(state, emulator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := signIn(t, server, "ada-token")
		for range 10 {
			if status, _ := p.secrets(http.MethodGet, "org:agency", "", ""); status != 200 {
				t.Fatalf("status %d without a limit", status)
			}
		}
	})
}
