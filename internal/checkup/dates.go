package checkup

import (
	"fmt"
	"strings"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
)

// dateWarnings are those of plan.TokenWarning and, for every secret, of
// plan.DateWarnings, where the dates stand in the file, sorted like other problems.
func dateWarnings(m *schema.Manifest, today civil.Date) problem.List {
	r := &problem.Reporter{File: m.File}
	warn := func(at problem.Place, w plan.DateWarning) {
		message, remedy := sentence.Date(w)
		r.Warn(at, string(w.Code), remedy, "%s", message)
	}
	if w, ok := plan.TokenWarning(m.Policy.TokenExpires, today); ok {
		warn(m.TokenPlace(), w)
	}
	for _, dated := range m.Dated() {
		for _, w := range plan.DateWarnings(dated.DesiredSecret, today) {
			warn(dated.Place(w.Field), w)
		}
	}
	for i := range r.Problems {
		r.Problems[i].Dated = true
	}
	r.Problems.Sort()
	return r.Problems
}

// Expired is the error of --fail-on-expired for the codes of what was warned of,
// nil where nothing has expired.
func Expired(codes []string) error {
	var what []string
	secrets, token := 0, false
	for _, code := range codes {
		switch plan.Code(code) {
		case plan.CodeExpired:
			secrets++
		case plan.CodeTokenExpired:
			token = true
		}
	}
	if secrets > 0 {
		what = append(what, words.Count(secrets, "secret"))
	}
	if token {
		what = append(what, "the token that signs in")
	}
	if len(what) == 0 {
		return nil
	}
	next := "renew what is named above, then change the value and the date in the manifest"
	if secrets == 0 {
		next = "make a new token, give it to whoever runs cella, then move `policy.token_expires` on"
	}
	return hint.Refused.New(fmt.Errorf("expired: %s", strings.Join(what, " and ")), next+"; without --fail-on-expired this is only a warning")
}

// isExpired reports whether a code is of what --fail-on-expired makes an error.
func isExpired(code string) bool {
	return plan.Code(code) == plan.CodeExpired || plan.Code(code) == plan.CodeTokenExpired
}
