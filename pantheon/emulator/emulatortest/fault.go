package emulatortest

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// Fault is one scripted departure from the protocol. The zero Fault matches
// every request once and does nothing.
//
// A request meets the faults in the order of the script. Each whose conditions
// it fulfils counts it; the first that is neither skipping nor used up acts,
// and those after it do not see the request. What acts does so in this order:
// Call, ExpireSessions, Delay, Ask, then the request itself (unless a reply or
// a cut stands in its place and Effect is not set), Edit, then the reply or the
// cut.
type Fault struct {
	// Conditions; what is empty matches everything. Path and Query are looked
	// for in the escaped path and the raw query as they were received.
	Method    string
	Path      string
	Query     string
	Operation emulator.Operation
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
	// Ask changes the parameters of the query before the platform sees them.
	Ask func(url.Values)
	// TakesOrganization makes a deletion at a site take the organization's secret
	// of that name along.
	TakesOrganization bool
	// Edit changes the body of what the platform answers with success.
	Edit func(body []byte) []byte
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

// due returns the fault that acts on the request.
func (s *Server) due(entry *Request) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fault := range s.faults {
		if !fault.matches(entry) {
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
		entry.Faulted = true
		return *fault, true
	}
	return Fault{}, false
}

func (f *Fault) matches(entry *Request) bool {
	return (f.Method == "" || f.Method == entry.Method) &&
		(f.Operation == "" || f.Operation == entry.Operation) &&
		(f.Owner == "" || f.Owner == entry.Owner) &&
		(f.Secret == "" || f.Secret == entry.Secret) &&
		strings.Contains(entry.Path, f.Path) && strings.Contains(entry.Query, f.Query)
}

// act carries the fault out.
func (s *Server) act(w http.ResponseWriter, r *http.Request, x *emulator.Exchange, entry *Request, fault Fault) {
	if fault.Call != nil {
		fault.Call()
	}
	if fault.ExpireSessions {
		s.EndSessions()
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
	if fault.Ask != nil {
		fault.Ask(x.Parameters)
	}
	x.TakesOrganization = fault.TakesOrganization
	replaced := fault.Status != 0 || fault.Cut
	var answer emulator.Reply
	if !replaced || fault.Effect {
		answer = x.Answer()
	}
	if fault.Edit != nil && answer.Status >= 200 && answer.Status < 300 {
		answer.Body = fault.Edit(answer.Body)
	}
	if fault.Status != 0 {
		answer = fault.reply()
	}
	switch {
	case fault.Cut, fault.Truncate && len(answer.Body) == 0:
		panic(http.ErrAbortHandler)
	case fault.Truncate:
		s.send(halved{w}, x, entry, answer)
	default:
		s.send(w, x, entry, answer)
	}
}

func (f *Fault) reply() emulator.Reply {
	answer := emulator.Reply{Status: f.Status, ContentType: f.ContentType, Body: []byte(f.Body), Header: f.Header}
	if answer.ContentType == "" {
		answer.ContentType = "text/plain; charset=utf-8"
	}
	return answer
}

// halved cuts the connection after half of what is written first.
type halved struct{ http.ResponseWriter }

func (h halved) Write(body []byte) (int, error) {
	_, err := h.ResponseWriter.Write(body[:len(body)/2])
	if err == nil {
		// Without the flush net/http would drop the half with the connection.
		_ = http.NewResponseController(h.ResponseWriter).Flush()
	}
	panic(http.ErrAbortHandler)
}
