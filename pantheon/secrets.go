package pantheon

import (
	"context"
	"errors"
	"net/http"

	"github.com/cella-secrets/cella/secret"
)

// List returns every secret of the owner, sorted by name, with what could be
// read of its values. It takes one request.
func (c *Client) List(ctx context.Context, owner secret.Owner) (secret.Live, error) {
	r := request{op: OpList, owner: owner, method: http.MethodGet, service: secretsService, limit: listLimit}
	if err := checkOwner(owner); err != nil {
		return secret.Live{}, (&run{request: r}).fail(malformed(err.Error()))
	}
	r.path = secretsPath(owner)
	if owner.Kind == secret.Site {
		r.path = append(r.path, "showall")
	}
	var live secret.Live
	r.accept = func(body []byte) error {
		var err error
		live, err = parseListing(owner, body)
		return err
	}
	if _, err := c.do(ctx, r); err != nil {
		return secret.Live{}, err
	}
	return live, nil
}

// Create makes a secret with its default value. Where it exists already (an
// earlier attempt got through, or a listing could not show it), its type and
// scopes are read back: equal ones get the value set, whatever it was; others
// are a *ConflictError.
func (c *Client) Create(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return c.create(ctx, owner, name, typ, scopes, value, c.takeOver)
}

// CreateNew makes a secret that must not be there, and never changes one. Where
// it exists already it is read back: exactly what was to be made, readable, is
// success, because an earlier attempt got through; anything else is an
// ErrExists, also where it cannot be seen.
func (c *Client) CreateNew(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return c.create(ctx, owner, name, typ, scopes, value, c.recognise)
}

// MakeOwn makes a secret with its default value where the owner has none of that
// name; one that is there stays as it is, and is no error. A site has a secret of
// its own after it, whatever its organization has.
func (c *Client) MakeOwn(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return c.create(ctx, owner, name, typ, scopes, value, func(context.Context, secret.Owner, secret.Name, secret.Type, secret.Scopes, secret.Value) (bool, error) {
		return true, nil
	})
}

// settle decides about a create whose secret exists already. Its *Error leaves
// out what was asked; foreign says that no attempt of this create made what is
// there.
type settle func(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) (foreign bool, err error)

func (c *Client) create(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value, exists settle) error {
	body, err := encodeCreate(name, typ, scopes, value)
	created := c.write(ctx, request{op: OpCreate, owner: owner, name: name, method: http.MethodPost, path: secretsPath(owner), body: body}, err)
	if !errors.Is(created, errTaken) {
		return created
	}
	first, _ := errors.AsType[*Error](created)
	foreign, again := exists(ctx, owner, name, typ, scopes, value)
	inner, ok := errors.AsType[*Error](again)
	if !ok {
		return again
	}
	failed := *inner // it may be a failed sign-in that others got too
	failed.Op, failed.Owner, failed.Secret = OpCreate, owner, name
	failed.MaybeApplied = failed.MaybeApplied || first.MaybeApplied && !foreign
	return &failed
}

// takeOver sets the value of a secret that is there already.
func (c *Client) takeOver(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) (foreign bool, err error) {
	live, err := c.List(ctx, owner)
	if err != nil {
		return false, err
	}
	have, found := live.Secret(name)
	switch {
	case !found && live.Cut:
		return false, &Error{Cause: "Pantheon refuses it as one that exists already, and its list, which may be cut, does not show it"}
	case !found:
		return false, &Error{Cause: "Pantheon refuses it as one that exists already, but does not list it"}
	case have.Type != typ || !have.Scopes.Equal(secret.NewScopes(scopes...)):
		return true, &ConflictError{Owner: owner, Secret: name, HaveType: have.Type, HaveScopes: have.Scopes}
	}
	return false, c.Set(ctx, owner, name, "", value)
}

// recognise tells whether a secret that is there already is the one that was
// to be made. A value that is shown says so for sure; what is hidden or not
// listed may be anything.
func (c *Client) recognise(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) (foreign bool, err error) {
	live, err := c.List(ctx, owner)
	if err != nil {
		return false, err
	}
	have, found := live.Secret(name)
	other := found && have.Presence == secret.Own &&
		(have.Type != typ || !have.Scopes.Equal(secret.NewScopes(scopes...)) || len(have.Overrides) > 0 ||
			have.Value.Readable() && !have.Value.Matches(value))
	switch {
	case other:
		return true, &Error{Err: ErrExists}
	case found && have.Value.Matches(value):
		return false, nil
	}
	return false, &Error{Err: ErrExists, Cause: "it is there already, and Pantheon does not show whether it is what was to be created"}
}

// Set changes the default value (env is empty) or sets the override for env.
// A secret that does not exist is an ErrNotFound.
func (c *Client) Set(ctx context.Context, owner secret.Owner, name secret.Name, env secret.Env, value secret.Value) error {
	body, err := encodeSet(env, value)
	return c.write(ctx, request{op: OpSet, owner: owner, name: name, env: env, method: http.MethodPatch, path: secretPath(owner, name), body: body}, err)
}

// RemoveOverride removes the override for env; it need not exist, the secret
// must.
func (c *Client) RemoveOverride(ctx context.Context, owner secret.Owner, name secret.Name, env secret.Env) error {
	body, err := encodeRemoveOverride(env)
	return c.write(ctx, request{op: OpRemoveOverride, owner: owner, name: name, env: env, method: http.MethodPatch, path: secretPath(owner, name), body: body}, err)
}

// Delete removes the secret with all its overrides. One that does not exist,
// perhaps because an earlier attempt got through, is deleted [inferred].
func (c *Client) Delete(ctx context.Context, owner secret.Owner, name secret.Name) error {
	err := c.write(ctx, request{op: OpDelete, owner: owner, name: name, method: http.MethodDelete, path: secretPath(owner, name)}, nil)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// write sends a change, unless it cannot be encoded or addresses nothing.
func (c *Client) write(ctx context.Context, r request, encoding error) error {
	r.service, r.write = secretsService, true
	for _, err := range []error{checkOwner(r.owner), checkName(r.name, r.env), encoding} {
		if err != nil {
			return (&run{request: r}).fail(malformed(err.Error()))
		}
	}
	_, err := c.do(ctx, r)
	return err
}

func secretsPath(owner secret.Owner) []string {
	kind := "sites"
	if owner.Kind == secret.Organization {
		kind = "organizations"
	}
	return []string{"customer-secrets", "v1", kind, owner.ID, "secrets"}
}

func secretPath(owner secret.Owner, name secret.Name) []string {
	return append(secretsPath(owner), string(name))
}
