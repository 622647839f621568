package emulator

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// documentedLimit is the number of requests per second and user that the
// secrets service takes [doc].
const documentedLimit = 3

// session is a signed-in account. Sessions are not part of the state: they end
// with the process.
type session struct {
	account string
	expires time.Time
}

// signIn exchanges a machine token for a session.
func (s *Server) signIn(w *world, c *call) Reply {
	var asked struct {
		MachineToken string `json:"machine_token"`
		Client       string `json:"client"`
	}
	if json.Unmarshal(c.body, &asked) != nil || asked.MachineToken == "" {
		return c.refuse(http.StatusBadRequest, "A machine token is required.")
	}
	// What has expired goes, or every run of a client would leave one for ever.
	maps.DeleteFunc(s.sessions, func(_ string, old session) bool { return !s.options.Now().Before(old.expires) })
	for _, account := range w.state.Accounts {
		if slices.Contains(account.MachineTokens, asked.MachineToken) {
			expires := s.options.Now().Add(s.options.SessionLifetime)
			id := account.ID + ":" + rand.Text()
			s.sessions[id] = session{account: account.ID, expires: expires}
			return jsonReply(http.StatusOK, map[string]any{
				"session": id, "user_id": account.ID, "expires_at": expires.Unix(),
			})
		}
	}
	// The same words come with a 500 too [recorded].
	return c.refuse(http.StatusUnauthorized, "Authorization failed. Please check that your machine token is valid.")
}

// admit checks the session and its form, and in the secrets service the limit.
// It answers for the call where the call is refused.
func (s *Server) admit(c *call) (refusal Reply, refused bool) {
	if c.route.form == open {
		return Reply{}, false
	}
	id, rightForm := c.session()
	found, known := s.sessions[id]
	switch {
	case !rightForm:
		return c.refuse(http.StatusUnauthorized, "The Authorization header does not have the form that this service takes."), true
	case !known || !s.options.Now().Before(found.expires):
		return c.refuse(http.StatusUnauthorized, "The session is not valid, or has expired."), true
	case s.world.accounts[found.account] == nil:
		return c.refuse(http.StatusUnauthorized, "The session is that of an account that is gone."), true
	}
	c.account = found.account
	if c.route.form == bare && !s.withinLimit(c.account) {
		over := c.refuse(http.StatusTooManyRequests, "Too many requests.")
		if s.options.RetryAfter {
			over.Header = http.Header{"Retry-After": {"1"}}
		}
		return over, true
	}
	return Reply{}, false
}

// session returns the session that the call carries, and whether it does so in
// the form of the service asked.
func (c *call) session() (id string, rightForm bool) {
	id, prefixed := strings.CutPrefix(c.authorization, "Bearer ")
	if prefixed != (c.route.form == bearer) || id == "" {
		return "", false
	}
	return id, true
}

// withinLimit admits a request if with it no second, wherever it begins, has
// more than the limit. Requests over it do not count [inferred].
func (s *Server) withinLimit(account string) bool {
	limit := s.options.Limit
	if limit == 0 {
		limit = s.world.state.RequestsPerSecond
	}
	if limit == 0 {
		limit = documentedLimit
	}
	if limit < 0 {
		return true
	}
	now := s.options.Now()
	recent := slices.DeleteFunc(s.admitted[account], func(at time.Time) bool { return now.Sub(at) >= time.Second })
	admitted := len(recent) < limit
	if admitted {
		recent = append(recent, now)
	}
	s.admitted[account] = recent
	return admitted
}

// track takes what Terminus reports about each of its commands and forgets it:
// its headers hold the whole command line, values included [client].
func (s *Server) track(*world, *call) Reply {
	return Reply{Status: http.StatusNoContent}
}
