package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// TestRepliesCarryTheDateOfTheClock: in process and over a socket, whatever
// the answer is.
func TestRepliesCarryTheDateOfTheClock(t *testing.T) {
	zone := time.FixedZone("elsewhere", 3*3600)
	now := time.Date(2026, 11, 5, 1, 2, 3, 999, zone)
	const want = "Wed, 04 Nov 2026 22:02:03 GMT"
	for _, way := range []string{"in process", "socket"} {
		p := serve(t, emulator.Options{Now: func() time.Time { return now }})
		base := "http://emulator"
		if way == "socket" {
			listener := httptest.NewServer(p.server)
			defer listener.Close()
			p.client, base = listener.Client(), listener.URL
		}
		for name, fault := range map[string]emulatortest.Fault{
			"an answer":         {},
			"a fault":           {Status: http.StatusServiceUnavailable},
			"a date of its own": {Status: http.StatusOK, Header: http.Header{"Date": {"Thu, 05 Nov 2026 00:00:00 GMT"}}},
		} {
			p.server.Script(fault)
			response, err := p.client.Get(base + "/nowhere")
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			date := want
			if own := fault.Header.Get("Date"); own != "" {
				date = own
			}
			if got := response.Header["Date"]; len(got) != 1 || got[0] != date {
				t.Errorf("%s, %s: Date %q, want %q", way, name, got, date)
			}
		}
	}
}
