package forge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

const (
	answerTime  = 30 * time.Second
	maxAnswer   = 64 << 20
	maxComments = 100 // a page; the most that either service gives
	maxPages    = 200
)

// client sends requests with a token, to one address: no answer leads it elsewhere.
type client struct {
	service string // as people call it
	base    string
	header  http.Header // with the token
	denied  []string    // what to do where the token may not
	http    http.Client
}

func newClient(service, base string, denied ...string) *client {
	return &client{
		service: service, base: base, header: http.Header{"User-Agent": {"cella"}, "Content-Type": {"application/json"}}, denied: denied,
		http: http.Client{Timeout: answerTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// send sends a request with a JSON body, and reads the JSON answer into one. What the
// service says beside that is never shown.
func (c *client) send(ctx context.Context, method, path string, body, answer any) error {
	var text io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		text = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, text)
	if err != nil {
		return hint.New(fmt.Errorf("%s's address is not valid", c.service), "look at the variables of the CI service, or at --api")
	}
	request.Header = c.header.Clone()
	response, err := c.http.Do(request)
	if err != nil {
		return c.unreachable(err)
	}
	defer func() { _ = response.Body.Close() }() // all that matters was read
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
		return c.refused(fmt.Sprintf(" (%d %s)", status, http.StatusText(status)))
	case status < 200 || status > 299:
		return hint.New(fmt.Errorf("%s answered %d %s", c.service, status, http.StatusText(status)), "run the job again")
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(answer); err != nil {
		return fmt.Errorf("%s's answer is not what its API documents", c.service)
	}
	return nil
}

// refused is the error where the token may not do what was asked.
func (c *client) refused(how string) error {
	return hint.Credentials.New(fmt.Errorf("%s says that this token may not read or write comments here%s", c.service, how), c.denied...)
}

// unreachable says why no answer came, without the address that was asked for.
func (c *client) unreachable(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return hint.New(fmt.Errorf("%s could not be reached: %s", c.service, words.Quote(err.Error())), "run the job again")
}
