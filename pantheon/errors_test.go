package pantheon

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

func TestErrorText(t *testing.T) {
	odd := secret.Owner{Kind: secret.Organization, Name: "a\nb", ID: "x"}
	tests := map[string]struct {
		err  *Error
		want string
	}{
		"sign in":       {&Error{Op: OpSignIn, Cause: "c"}, "sign in: c"},
		"find":          {&Error{Op: OpFindSite, Owner: site, Status: 404, Cause: "c", Err: ErrNotFound}, "find site:shop: c (status 404)"},
		"organizations": {&Error{Op: OpOrganizations, Err: context.Canceled}, "list organizations: context canceled"},
		"quoted":        {&Error{Op: OpSet, Owner: odd, Secret: "A\x1b", Env: "l\n", Cause: "c"}, `set "A\x1b" for "l\n" on org:"a\nb": c`},
		"unavailable": {
			&Error{Op: OpDelete, Owner: org, Secret: "A", Attempts: 9, Status: 503, Cause: "c", Err: ErrUnavailable, MaybeApplied: true},
			"delete A on org:agency: no usable answer in 9 attempts; the last: c (status 503); whether it took effect is not known",
		},
		"no cause": {&Error{Op: OpCreate, Owner: org, Secret: "A", Err: ErrForbidden}, "create A on org:agency: access is not allowed"},
		"nothing":  {&Error{Op: OpCreate, Owner: org, Secret: "A"}, "create A on org:agency: the request was refused"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantError(t, test.err, test.want, "")
			if test.err.Err != nil && !errors.Is(test.err, test.err.Err) {
				t.Errorf("it does not unwrap to %v", test.err.Err)
			}
		})
	}
}

func TestAmbiguous(t *testing.T) {
	tests := map[string]struct {
		err    error
		want   bool
		reason string
	}{
		"nil":          {nil, false, "it was done"},
		"refused":      {&Error{Op: OpSet}, false, ""},
		"maybe":        {fmt.Errorf("x: %w", &Error{Op: OpSet, MaybeApplied: true}), true, "also when wrapped"},
		"conflict":     {&ConflictError{}, false, "nothing was written"},
		"from outside": {errors.New("x"), true, "it proves nothing"},
		"a context":    {context.Canceled, true, "it proves nothing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Ambiguous(test.err); got != test.want {
				t.Errorf("got %v: %s", got, test.reason)
			}
		})
	}
}

// What must not be sent is refused before anything is.
func TestNothingIsSent(t *testing.T) {
	value, long := secret.NewValue(canaryValue), secret.NewValue(string(make([]byte, secret.MaxValueBytes+1)))
	scopes := secret.NewScopes(secret.WebScope)
	noID, noKind := secret.Owner{Kind: secret.Site, Name: "shop"}, secret.Owner{Name: "shop", ID: "x"}
	tests := map[string]struct {
		reason string
		do     func(*Client) error
		want   string
	}{
		"not UTF-8": {
			"JSON would change the value silently",
			func(c *Client) error { return c.Set(t.Context(), site, "A", "", secret.NewValue("canary\xff")) },
			"set A on site:shop: the value is not UTF-8",
		},
		"not UTF-8, create": {"", func(c *Client) error {
			return c.Create(t.Context(), site, "A", "runtime", scopes, secret.NewValue("canary\xff"))
		}, "create A on site:shop: the value is not UTF-8"},
		"empty": {
			"it could not be told from a hidden one", func(c *Client) error { return c.Set(t.Context(), site, "A", "", secret.NewValue("")) },
			"set A on site:shop: the value is empty",
		},
		"unknown": {
			"null would remove an override", func(c *Client) error { return c.Set(t.Context(), site, "A", "live", secret.Value{}) },
			"set A for live on site:shop: the value is not known",
		},
		"too long": {
			"", func(c *Client) error { return c.Set(t.Context(), site, "A", "", long) },
			"set A on site:shop: the value has 16385 bytes; at most 16384 are allowed",
		},
		"no scopes": {
			"Pantheon would choose, for good", func(c *Client) error { return c.Create(t.Context(), site, "A", "runtime", nil, value) },
			"create A on site:shop: a secret needs a type and at least one scope",
		},
		"no type": {
			"Pantheon would choose, for good", func(c *Client) error { return c.Create(t.Context(), site, "A", "", scopes, value) },
			"create A on site:shop: a secret needs a type and at least one scope",
		},
		"no name": {
			"the path would be that of all secrets", func(c *Client) error { return c.Delete(t.Context(), site, "") },
			"delete on site:shop: the secret has no name",
		},
		"odd name": {
			"it would be another name", func(c *Client) error { return c.Delete(t.Context(), site, "A\xff") },
			`delete "A\xff" on site:shop: a name is not UTF-8`,
		},
		"no env": {
			"it would concern the default value", func(c *Client) error { return c.RemoveOverride(t.Context(), site, "A", "") },
			"remove override A on site:shop: no environment is named",
		},
		"no id": {
			"the path would be that of another place", func(c *Client) error { return c.Delete(t.Context(), noID, "A") },
			"delete A on site:shop: the id of the site or organization is not known",
		},
		"no kind":       {"", func(c *Client) error { return c.Delete(t.Context(), noKind, "A") }, "delete A on site:shop: OwnerKind(0) cannot have secrets"},
		"list of no id": {"", func(c *Client) error { _, err := c.List(t.Context(), noID); return err }, "list secrets on site:shop: the id of the site or organization is not known"},
		"no site":       {"", func(c *Client) error { _, err := c.SiteID(t.Context(), ""); return err }, `find site:"": the site has no name`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: []answer{says(200, noSecrets)}}
			err := test.do(newClient(t, s))
			wantError(t, err, test.want, test.reason)
			if s.signed+len(s.calls) > 0 || Ambiguous(err) {
				t.Errorf("%d sign-ins, %d requests, ambiguous %v", s.signed, len(s.calls), Ambiguous(err))
			}
		})
	}
}
