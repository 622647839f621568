package emulator

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A server that runs for weeks does not keep a session for every sign-in.
func TestExpiredSessionsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := New(State{}, Options{SessionLifetime: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			body := strings.NewReader(`{"machine_token":"` + DefaultToken + `"}`)
			server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/api/authorize/machine-token", body))
			time.Sleep(40 * time.Second) // virtual
		}
		if kept := len(server.sessions); kept != 2 {
			t.Errorf("%d sessions are kept, want the two of the last minute", kept)
		}
	})
}
