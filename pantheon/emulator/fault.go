package emulator

import (
	"net/http"
	"strings"
	"time"
)

// Fault is one scripted departure from the protocol. The zero Fault matches
// every request once and does nothing.
//
// A request meets the faults in the order of the script. Each whose conditions
// it fulfils counts it; the first that is neither skipping nor used up acts,
// and those after it do not see the request. What acts does so in this order:
// Call, ExpireSessions, Delay, then the request itself (unless a reply or a
// cut stands in its place and Effect is not set), then the reply or the cut.
type Fault struct {
	// Conditions; what is empty matches everything. Path is looked for in the
	// escaped path as it was received.
	Method    string
	Path      string
	Operation Operation
	Owner     string // site:NAME or org:NAME, as in the log
	Secret    string
	// Skip lets that many matching requests through first; Times is how many
	// are hit then, 0 standing for one and a negative number for all.
	Skip  int
	Times int

	// Call runs before anything else, outside of every lock.
	Call func()
	// ExpireSessions ends all sessions, this request's included.
	ExpireSessions bool
	// Delay is spent waiting, at most as long as the request's context lives;
	// when that ends first, the connection is cut and nothing takes effect.
	Delay time.Duration
	// Status answers in the place of the platform, with Body, ContentType and
	// Header.
	Status      int
	Body        string
	ContentType string
	Header      http.Header
	// Cut closes the connection without an answer.
	Cut bool
	// Truncate sends the header of an answer and half of its body, then closes
	// the connection. An answer without a body would be whole, so it is cut.
	Truncate bool
	// Effect lets the request take effect before Status or Cut hides that.
	Effect bool
}

// TransientText is the message of the 403 that says nothing of permissions
// and goes away by itself [doc].
const TransientText = "MAS response status: 500 Internal Server Error"

// TransientForbidden is the 403 that is transient.
func TransientForbidden() Fault {
	return Fault{Status: http.StatusForbidden, ContentType: "application/json", Body: `"` + TransientText + `"`}
}

// MaintenancePage is an HTML page with status 200 in the place of an answer.
func MaintenancePage() Fault {
	return Fault{
		Status:      http.StatusOK,
		ContentType: "text/html; charset=utf-8",
		Body:        "<!DOCTYPE html><html><body><h1>Scheduled maintenance</h1></body></html>",
	}
}

// TooMany is a 429. RetryAfter is the header's value, "" for none.
func TooMany(retryAfter string) Fault {
	fault := Fault{Status: http.StatusTooManyRequests, Body: "Too many requests."}
	if retryAfter != "" {
		fault.Header = http.Header{"Retry-After": {retryAfter}}
	}
	return fault
}

// Redirect sends the client elsewhere.
func Redirect(location string) Fault {
	return Fault{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {location}}}
}

// Script puts the faults in the place of those scripted before; without
// arguments there are none any more.
func (s *Server) Script(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	for _, fault := range faults {
		if fault.Times == 0 {
			fault.Times = 1
		}
		s.faults = append(s.faults, &fault)
	}
}

// due returns the fault that acts on the call.
func (s *Server) due(c *call) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fault := range s.faults {
		if !fault.matches(c) {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		if fault.Times == 0 {
			continue
		}
		if fault.Times > 0 {
			fault.Times--
		}
		c.entry.Faulted = true
		return *fault, true
	}
	return Fault{}, false
}

func (f *Fault) matches(c *call) bool {
	return (f.Method == "" || f.Method == c.entry.Method) &&
		(f.Operation == "" || f.Operation == c.operation) &&
		(f.Owner == "" || f.Owner == c.entry.Owner) &&
		(f.Secret == "" || f.Secret == c.entry.Secret) &&
		strings.Contains(c.entry.Path, f.Path)
}

// act carries the fault out.
func (s *Server) act(w http.ResponseWriter, r *http.Request, c *call, fault Fault) {
	if fault.Call != nil {
		fault.Call()
	}
	if fault.ExpireSessions {
		s.mu.Lock()
		clear(s.sessions)
		s.mu.Unlock()
	}
	if fault.Delay > 0 {
		timer := time.NewTimer(fault.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	replaced := fault.Status != 0 || fault.Cut
	var answer reply
	if !replaced || fault.Effect {
		answer = s.answer(c)
	}
	if fault.Status != 0 {
		answer = fault.reply()
	}
	switch {
	case fault.Cut, fault.Truncate && len(answer.body) == 0:
		panic(http.ErrAbortHandler)
	case fault.Truncate:
		s.sendPart(w, c, answer)
	default:
		s.send(w, c, answer)
	}
}

func (f *Fault) reply() reply {
	answer := reply{status: f.Status, contentType: f.ContentType, body: []byte(f.Body), header: f.Header}
	if answer.contentType == "" {
		answer.contentType = "text/plain; charset=utf-8"
	}
	return answer
}
