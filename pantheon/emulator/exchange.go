package emulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
)

// Exchange is one request on its way through the Server, for who intercepts it.
// Nothing in it is a value, a session or a machine token; names and paths stand
// as they were sent.
type Exchange struct {
	Method    string
	Path      string // escaped, as it was received
	Query     string // "" where the operation is Unknown
	Operation Operation
	Owner     string // site:NAME or org:NAME, "" where there is none
	Secret    string
	Env       string // of an override
	// Authorized says that the request carried a valid session in the form
	// that the service takes.
	Authorized bool
	// Parameters are those of the query; Answer goes by them as they are then.
	Parameters url.Values
	// TakesOrganization makes a deletion at a site take the organization's secret
	// of that name along, which the platform is not known to do.
	TakesOrganization bool

	server *Server
	call   *call
}

// Answer lets the request take effect, and returns what the platform replies.
func (x *Exchange) Answer() Reply {
	x.call.query, x.call.takesOrganization = x.Parameters, x.TakesOrganization
	return x.server.answer(x.call)
}

// Send writes a reply, with the date by the Server's clock unless the reply
// has another.
func (x *Exchange) Send(w http.ResponseWriter, answer Reply) { x.server.send(w, answer) }

// EndSessions ends all sessions.
func (s *Server) EndSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// State returns a copy of everything, hidden values as digests: two of one
// Server are equal exactly if they hold the same. It is the zero State while
// the state file cannot be read.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(); err != nil {
		return State{}
	}
	return s.world.state.clone()
}

func (s *Server) exchange(c *call, r *http.Request) *Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := &Exchange{
		Method: r.Method, Path: r.URL.EscapedPath(), Operation: c.operation,
		Secret: c.name(), Parameters: c.query, server: s, call: c,
	}
	if c.operation != Unknown {
		x.Query = r.URL.RawQuery
	}
	if c.kind != "" {
		x.Owner = s.ownerReference(c)
	}
	if c.route.form == bare {
		x.Secret, x.Env = c.named()
	}
	id, rightForm := c.session()
	session, known := s.sessions[id]
	x.Authorized = rightForm && known && s.options.Now().Before(session.expires)
	return x
}

func (s *Server) ownerReference(c *call) string {
	o, found := s.world.owner(c.kind, c.arguments[0])
	if !found {
		return string(c.kind) + ":" + words.Quote(c.arguments[0])
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
