package emulatortest

import (
	"net/http"
	"sync"
	"time"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// Server is an emulator with a script of faults and a log. New and Open make
// one. It is safe for use by many goroutines.
type Server struct {
	*emulator.Server
	now func() time.Time

	mu     sync.Mutex // guards what follows; never held while a fault acts
	faults []*Fault
	log    []*Request
}

// New is emulator.New; options.Intercept is this package's own.
func New(state emulator.State, options emulator.Options) (*Server, error) {
	return intercepted(options, func(options emulator.Options) (*emulator.Server, error) { return emulator.New(state, options) })
}

// Open is emulator.Open; options.Intercept is this package's own.
func Open(path string, options emulator.Options) (*Server, error) {
	return intercepted(options, func(options emulator.Options) (*emulator.Server, error) { return emulator.Open(path, options) })
}

func intercepted(options emulator.Options, make func(emulator.Options) (*emulator.Server, error)) (*Server, error) {
	s := &Server{now: options.Now}
	if s.now == nil {
		s.now = time.Now
	}
	options.Intercept = s.intercept
	inner, err := make(options)
	if err != nil {
		return nil, err
	}
	s.Server = inner
	return s, nil
}

// intercept writes the request down and lets a fault act on it, or the
// platform answer.
func (s *Server) intercept(w http.ResponseWriter, r *http.Request, x *emulator.Exchange) {
	entry := s.enter(x)
	if fault, scripted := s.due(entry); scripted {
		s.act(w, r, x, entry, fault)
		return
	}
	s.send(w, x, entry, x.Answer())
}

// send completes the entry of the log and writes the answer.
func (s *Server) send(w http.ResponseWriter, x *emulator.Exchange, entry *Request, answer emulator.Reply) {
	s.mu.Lock()
	entry.Status = answer.Status
	s.mu.Unlock()
	x.Send(w, answer)
}
