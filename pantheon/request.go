package pantheon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/cella-secrets/cella/secret"
)

// service says how a request is signed, and whether it is paced.
type service uint8

const (
	signInService  service = iota // signed by its body
	lookUpService                 // "Bearer SESSION", not paced
	secretsService                // the bare session [client], paced
	services                      // how many there are
)

// request is what is asked of Pantheon; it can be sent any number of times.
type request struct {
	op     Operation
	owner  secret.Owner
	name   secret.Name
	env    secret.Env
	method string
	// path holds the segments after the base, not yet encoded.
	path    []string
	query   url.Values
	body    []byte
	service service
	// write: the request changes something, so a lost answer is ambiguous.
	write bool
	// accept reads the body of a 2xx reply; nil takes any that is not HTML.
	// Its error is a *failure.
	accept func(body []byte) error
	// limit is the longest body in bytes that accept gets.
	limit int64
}

// newRequest makes the HTTP request for one attempt.
func (c *Client) newRequest(ctx context.Context, r request, s session) (*http.Request, error) {
	target := *c.base
	encoded := target.EscapedPath()
	for _, segment := range r.path {
		target.Path += "/" + segment
		encoded += "/" + escapeSegment(segment)
	}
	// Path alone would send "/" and "%" in a name as they are.
	target.RawPath = encoded
	target.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, target.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	switch r.service {
	case lookUpService:
		req.Header.Set("Authorization", "Bearer "+s.token.Reveal())
	case secretsService:
		req.Header.Set("Authorization", s.token.Reveal())
	}
	return req, nil
}

// escapeSegment percent-encodes one segment of a path. Dots that would make a
// segment mean "here" or "one up" are encoded too.
func escapeSegment(segment string) string {
	if segment == "." || segment == ".." {
		return strings.ReplaceAll(segment, ".", "%2E")
	}
	return url.PathEscape(segment)
}

// The bodies of requests [client]. Type and scopes go into a create and never
// into a change.
type (
	signInBody struct {
		MachineToken string `json:"machine_token"`
		Client       string `json:"client"`
	}
	createBody struct {
		Name   secret.Name   `json:"name"`
		Value  string        `json:"value"`
		Type   secret.Type   `json:"type"`
		Scopes secret.Scopes `json:"scopes"`
	}
	changeBody struct {
		Env   secret.Env `json:"env,omitempty"`
		Value *string    `json:"value"` // null removes an override
	}
)

func encodeSignIn(token secret.Value) ([]byte, error) {
	return encodeJSON(signInBody{MachineToken: token.Reveal(), Client: "terminus"})
}

func encodeCreate(name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) ([]byte, error) {
	if typ == "" || len(scopes) == 0 {
		// Left out, they become runtime and user [doc], for good.
		return nil, errors.New("a secret needs a type and at least one scope")
	}
	if err := value.Validate(); err != nil {
		return nil, err
	}
	return encodeJSON(createBody{Name: name, Value: value.Reveal(), Type: typ, Scopes: scopes})
}

func encodeSet(env secret.Env, value secret.Value) ([]byte, error) {
	if err := value.Validate(); err != nil {
		return nil, err
	}
	text := value.Reveal()
	return encodeJSON(changeBody{Env: env, Value: &text})
}

func encodeRemoveOverride(env secret.Env) ([]byte, error) {
	if env == "" {
		// Without env the request would concern the default value.
		return nil, errors.New("no environment is named")
	}
	return encodeJSON(changeBody{Env: env})
}

func encodeJSON(body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		// The encoder's error could quote what it was given.
		return nil, errors.New("the request cannot be encoded")
	}
	return text, nil
}

// checkOwner and checkName refuse what would make a path of another meaning:
// an owner without id, a secret without name.
func checkOwner(owner secret.Owner) error {
	switch {
	case owner.Kind != secret.Organization && owner.Kind != secret.Site:
		return fmt.Errorf("%s cannot have secrets", owner.Kind)
	case owner.ID == "":
		return errors.New("the id of the site or organization is not known")
	}
	return nil
}

func checkName(name secret.Name, env secret.Env) error {
	switch {
	case name == "":
		return errors.New("the secret has no name")
	case !utf8.ValidString(string(name)) || !utf8.ValidString(string(env)):
		return errors.New("a name is not UTF-8")
	}
	return nil
}
