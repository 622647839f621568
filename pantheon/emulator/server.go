package emulator

import (
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
	// Now is the clock, which the replies' dates are by too; nil stands for
	// time.Now.
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
	// Intercept, where it is set, gets every request in place of the platform,
	// and decides whether and how it is answered. It is called outside of every
	// lock. See Exchange.
	Intercept func(http.ResponseWriter, *http.Request, *Exchange)
}

// Server emulates Pantheon. It is safe for use by many goroutines. Open and
// New make one.
type Server struct {
	options Options
	file    *stateFile // nil: in memory only
	routes  []route

	mu       sync.Mutex // guards what follows
	world    *world
	sessions map[string]session
	admitted map[string][]time.Time // by account, within the last second
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
	c, err := receive(r, s.routes)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away while sending
	}
	if s.options.Intercept != nil {
		s.options.Intercept(w, r, s.exchange(c, r))
		return
	}
	s.send(w, s.answer(c))
}

// receive reads the request and finds out what it asks for.
func receive(r *http.Request, routes []route) (*call, error) {
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
	c.resolve(routes, r.Method, r.URL.EscapedPath())
	return c, nil
}

// answer is what the platform replies, after the request has taken effect.
func (s *Server) answer(c *call) Reply {
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
	var answer Reply
	err := s.change(func(w *world) bool {
		answer = c.route.handle(s, w, c)
		return answer.Status < http.StatusMultipleChoices
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

// Reply is a complete answer, but for its date and length.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
	Header      http.Header
}

// broken reports trouble of the emulator's own, which is no secret. It is no
// status that a client would wait for to pass.
func broken(err error) Reply {
	return textReply(http.StatusInsufficientStorage, "emulator: "+err.Error())
}

// send writes the answer, with the date by the Server's clock.
func (s *Server) send(w http.ResponseWriter, answer Reply) {
	header := w.Header()
	header.Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
	for name, values := range answer.Header {
		header[name] = values
	}
	if answer.ContentType != "" {
		header.Set("Content-Type", answer.ContentType)
	}
	if answer.Status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(answer.Body)))
	}
	w.WriteHeader(answer.Status)
	// A client that is gone has nothing to be told.
	_, _ = w.Write(answer.Body)
}
