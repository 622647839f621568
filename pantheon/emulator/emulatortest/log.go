package emulatortest

import (
	"slices"
	"time"

	"github.com/cella-secrets/cella/pantheon/emulator"
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
	Operation emulator.Operation
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

// enter adds the request to the log.
func (s *Server) enter(x *emulator.Exchange) *Request {
	entry := &Request{
		At: s.now(), Method: x.Method, Path: x.Path, Query: x.Query, Operation: x.Operation,
		Owner: x.Owner, Secret: x.Secret, Env: x.Env, Authorized: x.Authorized,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(latest(s.log, maxLog), entry)
	return entry
}

// latest makes room in a log that holds most entries by dropping the older half.
func latest(log []*Request, most int) []*Request {
	if len(log) < most {
		return log
	}
	return slices.Delete(log, 0, most/2)
}
