package ledger

import (
	"fmt"
	"testing"
	"time"

	"github.com/cella-secrets/cella/secret"
)

// TestHoldManyLedgers: neither former names nor other projects' ledgers are
// compared with each other. So many of them would take many minutes.
func TestHoldManyLedgers(t *testing.T) {
	const many = 50_000
	live := secret.Live{Owner: secret.Owner{Kind: secret.Site, Name: "my-site", ID: "11111111-2222-3333-4444-555555555555"}}
	var formerly []string
	for i := range many {
		formerly = append(formerly, fmt.Sprintf("former-%06d", i))
		live.Secrets = append(live.Secrets, secret.LiveSecret{Name: Name(fmt.Sprintf("other-%06d", i), secret.Site, 1), Type: Type, Scopes: Scopes()})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		presumed := Presume(live, "storefront", formerly)
		if held := ReadAll(live, "storefront", formerly, Keys{}); len(held.Claims) != many || len(presumed.Claims) != many {
			t.Errorf("%d and %d claims", len(held.Claims), len(presumed.Claims))
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
}
