package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxBodyBytes bounds what is read of a request: a value at the limit with
// every byte escaped, with room to spare.
const maxBodyBytes = 256 << 10

// Empty says what EnvValues and OrgValues look like where there are none;
// replies in all three shapes have been seen [client].
type Empty uint8

// The shapes of an empty map.
const (
	EmptyObject Empty = iota // {}
	EmptyList                // []
	EmptyAbsent              // the key is left out
)

// Options change how a Server behaves. The zero Options are the documented
// platform.
type Options struct {
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
	// Limit is the number of requests that the secrets service takes from one
	// user in any second: 0 stands for what the state says, Unlimited for none.
	Limit int
	// SessionLifetime is how long a session is valid; 0 stands for a day.
	SessionLifetime time.Duration
	// RetryAfter adds the header of that name to a 429.
	RetryAfter bool
	// Empty is the shape of empty maps in listings.
	Empty Empty
}

// Server emulates Pantheon. It is safe for use by many goroutines. Open and
// New make one.
type Server struct {
	options Options
	file    *stateFile // nil: in memory only
	routes  []route

	mu       sync.Mutex // guards what follows; never held while a fault acts
	world    *world
	sessions map[string]session
	admitted map[string][]time.Time // by account, within the last second
	faults   []*Fault
	log      []*Request
}

// New returns a Server whose state is a copy of state and lives in memory. It
// fails on a state that Pantheon could not be in, with all faults at once.
func New(state State, options Options) (*Server, error) {
	world, err := newWorld(state, newSalt())
	if err != nil {
		return nil, fmt.Errorf("load emulator state: %w", err)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.SessionLifetime == 0 {
		options.SessionLifetime = 24 * time.Hour
	}
	return &Server{
		options:  options,
		routes:   routes(),
		world:    world,
		sessions: map[string]session{},
		admitted: map[string][]time.Time{},
	}, nil
}

// Token returns a machine token that signs in: the first of the first account
// that has one, "" if none has.
func (s *Server) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, account := range s.world.state.Accounts {
		if len(account.MachineTokens) > 0 {
			return account.MachineTokens[0]
		}
	}
	return ""
}

// ServeHTTP answers one request. To cut a connection it panics with
// http.ErrAbortHandler, as net/http provides for.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := s.receive(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away while sending
	}
	fault, scripted := s.due(c)
	if !scripted {
		s.send(w, c, s.answer(c))
		return
	}
	s.act(w, r, c, fault)
}

// receive reads the request, finds out what it asks for and enters it in the
// log.
func (s *Server) receive(r *http.Request) (*call, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1)); err != nil {
			return nil, err
		}
	}
	c := &call{
		authorization: r.Header.Get("Authorization"),
		query:         r.URL.Query(),
		body:          body,
	}
	c.resolve(s.routes, r.Method, r.URL.EscapedPath())
	s.enter(c, r)
	return c, nil
}

// answer is what the platform replies, after the request has taken effect.
func (s *Server) answer(c *call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(); err != nil {
		return broken(err)
	}
	if refusal, refused := s.admit(c); refused {
		return refusal
	}
	if len(c.body) > maxBodyBytes {
		return c.refuse(http.StatusRequestEntityTooLarge, "The request body is too large.")
	}
	if !c.route.changes {
		return c.route.handle(s, s.world, c)
	}
	var answer reply
	err := s.change(func(w *world) bool {
		answer = c.route.handle(s, w, c)
		return answer.status < http.StatusMultipleChoices
	})
	if err != nil {
		return broken(err)
	}
	return answer
}

// change runs do on the current state and keeps the outcome if do says that it
// changed something. With a file, that is one step for all processes; after an
// error the file says what holds.
func (s *Server) change(do func(*world) bool) error {
	if s.file == nil {
		do(s.world)
		return nil
	}
	next, err := s.file.update(do)
	if err != nil {
		return err
	}
	s.world = next
	return nil
}

// refresh takes over what another process, or a person, wrote to the file.
func (s *Server) refresh() error {
	if s.file == nil {
		return nil
	}
	next, err := s.file.changed()
	if next != nil {
		s.world = next
	}
	return err
}

// reply is a complete answer.
type reply struct {
	status      int
	contentType string
	body        []byte
	header      http.Header
}

// broken reports trouble of the emulator's own, which is no secret. It is no
// status that a client would wait for to pass.
func broken(err error) reply {
	return textReply(http.StatusInsufficientStorage, "emulator: "+err.Error())
}

// send writes the answer and completes the log entry.
func (s *Server) send(w http.ResponseWriter, c *call, answer reply) {
	s.complete(c, answer.status)
	writeHeader(w, answer)
	// A client that is gone has nothing to be told.
	_, _ = w.Write(answer.body)
}

func writeHeader(w http.ResponseWriter, answer reply) {
	header := w.Header()
	for name, values := range answer.header {
		header[name] = values
	}
	if answer.contentType != "" {
		header.Set("Content-Type", answer.contentType)
	}
	if answer.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(answer.body)))
	}
	w.WriteHeader(answer.status)
}

// sendPart writes the header and half of the body, then cuts the connection.
func (s *Server) sendPart(w http.ResponseWriter, c *call, answer reply) {
	s.complete(c, answer.status)
	writeHeader(w, answer)
	_, err := io.Copy(w, bytes.NewReader(answer.body[:len(answer.body)/2]))
	// Without the flush net/http would drop the half with the connection.
	_ = errors.Join(err, http.NewResponseController(w).Flush())
	panic(http.ErrAbortHandler)
}
