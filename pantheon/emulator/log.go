package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cella-secrets/cella/secret"
)

// maxLog is the most requests that the log holds.
const maxLog = 1 << 16

// Request is one entry of the log. It has no field that a value, a session or
// a machine token could be in; names and paths stand as they were sent.
type Request struct {
	At        time.Time
	Method    string
	Path      string // escaped, as it was received
	Query     string
	Operation Operation
	Owner     string // site:NAME or org:NAME, "" where there is none
	Secret    string
	Env       string // of an override
	// Authorized says that the request carried a valid session in the form
	// that the service takes.
	Authorized bool
	// Status is what was answered: 0 while it was not, or when the connection
	// was cut instead.
	Status int
	// Faulted says that a scripted fault acted.
	Faulted bool
}

// Log returns what was received so far, in the order of arrival.
func (s *Server) Log() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := make([]Request, len(s.log))
	for i, entry := range s.log {
		entries[i] = *entry
	}
	return entries
}

// enter adds the call to the log.
func (s *Server) enter(c *call, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.entry = &Request{
		At:        s.options.Now(),
		Method:    r.Method,
		Path:      r.URL.EscapedPath(),
		Operation: c.operation,
		Secret:    c.name(),
	}
	if c.operation != Unknown {
		c.entry.Query = r.URL.RawQuery
	}
	if c.kind != "" {
		c.entry.Owner = s.ownerReference(c)
	}
	if c.route.form == bare {
		c.entry.Secret, c.entry.Env = c.named()
	}
	id, rightForm := c.session()
	session, known := s.sessions[id]
	c.entry.Authorized = rightForm && known && s.options.Now().Before(session.expires)
	s.log = append(latest(s.log, maxLog), c.entry)
}

// latest makes room in a log that holds most entries by dropping the older half.
func latest(log []*Request, most int) []*Request {
	if len(log) < most {
		return log
	}
	return slices.Delete(log, 0, most/2)
}

// complete notes the answer.
func (s *Server) complete(c *call, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.entry.Status = status
}

func (s *Server) ownerReference(c *call) string {
	o, found := s.world.owner(c.kind, c.arguments[0])
	if !found {
		return string(c.kind) + ":" + secret.Quote(c.arguments[0])
	}
	return o.String()
}

// named returns the names that a request to the secrets service carries in its
// path or body.
func (c *call) named() (name, env string) {
	var body struct {
		Name *string `json:"name"`
		Env  *string `json:"env"`
	}
	name = c.name()
	if strings.TrimSpace(string(c.body)) == "" || json.Unmarshal(c.body, &body) != nil {
		return name, ""
	}
	if body.Name != nil && c.operation == CreateSecret {
		name = *body.Name
	}
	if body.Env != nil && c.operation != CreateSecret {
		env = *body.Env
	}
	return name, env
}
