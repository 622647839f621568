package emulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// FuzzServeHTTP sends hostile requests: nothing panics, every answer has a
// status, errors of the secrets service are JSON strings, and the state always
// loads again.
func FuzzServeHTTP(f *testing.F) {
	server, err := emulatortest.New(fixture(), emulator.Options{Limit: emulator.Unlimited})
	if err != nil {
		f.Fatal(err)
	}
	shop := "/customer-secrets/v1/sites/" + server.ID("site:shop") + "/secrets"
	f.Add("POST", "/api/authorize/machine-token", uint8(0), []byte(`{"machine_token":"ada-token"}`))
	f.Add("GET", "/api/users/x/memberships/sites?limit=9999999999999999999&start=%00", uint8(1), []byte(nil))
	f.Add("GET", shop+"/showall", uint8(2), []byte(nil))
	f.Add("POST", shop, uint8(2), []byte(`{"name":"A","value":"\ud800","scopes":[]}`))
	f.Add("PATCH", shop+"/API_KEY", uint8(2), []byte(`{"env":null,"value":{"a":[]}}`))
	f.Add("PATCH", shop+"/%2e%2e%2f%25", uint8(2), []byte(`[{}]`))
	f.Add("DELETE", shop+"//", uint8(2), []byte("\xff"))
	f.Add("BREW", "//../%zz", uint8(0), []byte(nil))
	f.Fuzz(func(t *testing.T, method, target string, form uint8, body []byte) {
		location, err := url.ParseRequestURI(target)
		if err != nil {
			return // net/http itself refuses it
		}
		server, err := emulatortest.New(fixture(), emulator.Options{Limit: emulator.Unlimited})
		if err != nil {
			t.Fatal(err)
		}
		p := signIn(t, server, "ada-token")
		request := &http.Request{Method: method, URL: location, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body)))}
		request.Header.Set("Authorization", []string{"", "Bearer " + p.session, p.session}[form%3])
		response, err := server.Transport().RoundTrip(request.WithContext(context.Background()))
		if err != nil || response.StatusCode < 200 || response.StatusCode > 599 {
			t.Fatalf("response %v, error %v", response, err)
		}
		data, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if response.Header.Get("Content-Type") == "application/json" && !json.Valid(data) {
			t.Errorf("reply is no JSON: %q", data)
		}
		if again, err := emulatortest.New(server.State(), emulator.Options{}); err != nil {
			t.Errorf("the state does not load again: %v", err)
		} else if diff := cmp.Diff(server.State(), again.State()); diff != "" {
			t.Errorf("the state differs after loading:\n%s", diff)
		}
	})
}

// FuzzState loads hostile files: no panic, and what loads is written back so
// that it loads as the same.
func FuzzState(f *testing.F) {
	seed, err := json.Marshal(fixture())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"salt":"00112233445566778899aabbccddeeff","sites":[{"name":"s","secrets":{"A":{"value_digest":"x","overrides":{}}}}]}`))
	f.Add([]byte(`{"organizations":[{"name":"o","members":{}}],"sites":[{"name":"s","organization":"o","members":null}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "live.json")
		write(t, path, data, 0o600)
		server, err := emulatortest.Open(path, emulator.Options{})
		if err != nil {
			if errors.Is(err, io.EOF) || strings.ContainsAny(err.Error(), "\x00\x1b") {
				t.Errorf("error is not fit to be shown: %q", err)
			}
			return
		}
		again, err := emulatortest.New(server.State(), emulator.Options{})
		if err != nil {
			t.Fatalf("the state does not load again: %v", err)
		}
		if diff := cmp.Diff(server.State(), again.State()); diff != "" {
			t.Errorf("the state differs after loading:\n%s", diff)
		}
	})
}
