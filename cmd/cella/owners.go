package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

// sideBySide bounds the look-ups and listings under way at once. Listings
// are paced by the client; this only keeps connections few.
const sideBySide = 16

// resolve looks up the ids that the manifest leaves out: one request per
// site, the membership pages once for all organizations. Only errors that
// end everything are returned; others are noted in unread.
func (s *session) resolve(ctx context.Context, manifest *schema.Manifest, targets plan.Targets) (map[secret.Owner]string, error) {
	var sites, organizations []secret.Owner
	for _, owner := range manifest.Unresolved() {
		switch {
		case !targets.Covers(owner):
		case owner.Kind == secret.Site:
			sites = append(sites, owner)
		default:
			organizations = append(organizations, owner)
		}
	}
	ids := make(map[secret.Owner]string, len(sites)+len(organizations))
	s.progress.Begin("looking up", len(sites), 0)
	if len(organizations) > 0 {
		memberships, err := s.client.Organizations(ctx)
		if final(err) {
			return nil, err
		}
		for _, owner := range organizations {
			if err != nil {
				s.missed(owner, err)
				continue
			}
			s.matchOrganization(ids, owner, memberships)
		}
	}
	found, err := eachOwner(ctx, sites, counting(s.progress, func(ctx context.Context, owner secret.Owner) (string, error) {
		return s.client.SiteID(ctx, owner.Name)
	}), s.missed)
	for owner, id := range found {
		ids[owner] = id
	}
	return ids, err
}

func (s *session) matchOrganization(ids map[secret.Owner]string, owner secret.Owner, memberships []pantheon.Organization) {
	var names, found []string
	for _, membership := range memberships {
		if membership.MachineName == owner.Name {
			found = append(found, membership.ID)
		}
		names = append(names, membership.MachineName)
	}
	switch len(found) {
	case 0:
	case 1:
		ids[owner] = found[0]
		return
	default:
		s.missed(owner, hint.New(
			fmt.Errorf("%s: the account of this token is a member of %d organizations of this name: %s", owner, len(found), strings.Join(found, ", ")),
			"write the UUID of the one that you mean in place of its name"))
		return
	}
	next := "the account of this token is a member of no organization: use another account's token"
	if near, ok := words.Closest(owner.Name, names); ok {
		next = fmt.Sprintf("did you mean %s?", words.Quote(near))
	} else if len(names) > 0 {
		next = "organizations go by their machine names; `terminus org:list` shows yours"
	}
	s.missed(owner, hint.New(notMember{owner}, next))
}

// notMember is the error of an organization that the account has no part in, as
// far as it can know.
type notMember struct{ owner secret.Owner }

func (e notMember) Error() string {
	return e.owner.String() + ": the account of this token is no member of an organization of this name"
}

func (e notMember) Unwrap() error { return pantheon.ErrNotFound }

// list reads the owners of desired that targets cover and that have an id.
func (s *session) list(ctx context.Context, desired []secret.Desired, targets plan.Targets) ([]secret.Live, error) {
	var owners []secret.Owner
	for _, d := range desired {
		if targets.Covers(d.Owner) && d.Owner.ID != "" {
			owners = append(owners, d.Owner)
		}
	}
	s.progress.Begin("reading", len(owners), s.client.Interval())
	found, err := eachOwner(ctx, owners, counting(s.progress, s.client.List), s.missed)
	live := make([]secret.Live, 0, len(found))
	for _, one := range found {
		live = append(live, one)
	}
	return live, err
}

// final reports whether err ends the whole command rather than one owner.
// Without a session none can be read, whatever the reason.
func final(err error) bool {
	var failed *pantheon.Error
	return errors.Is(err, pantheon.ErrCredentials) || errors.Is(err, context.Canceled) ||
		errors.As(err, &failed) && failed.Op == pantheon.OpSignIn
}

// eachOwner calls read for every owner, side by side, and gathers what it
// returned. Failures go to failed, one at a time and in the order of owners;
// a final one is returned instead.
func eachOwner[T any](ctx context.Context, owners []secret.Owner, read func(context.Context, secret.Owner) (T, error), failed func(secret.Owner, error)) (map[secret.Owner]T, error) {
	var lock sync.Mutex
	found := make(map[secret.Owner]T, len(owners))
	failures := make(map[secret.Owner]error)
	group, groupCtx := crash.WithContext(ctx, sideBySide)
	for _, owner := range owners {
		group.Go(func() error {
			result, err := read(groupCtx, owner)
			if final(err) {
				return err
			}
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failures[owner] = err
				return nil
			}
			found[owner] = result
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, owner := range slices.SortedFunc(maps.Keys(failures), secret.Owner.Compare) {
		failed(owner, failures[owner])
	}
	return found, nil
}

// counting calls read, and takes note of each that returned.
func counting[T any](p *terminal.Progress, read func(context.Context, secret.Owner) (T, error)) func(context.Context, secret.Owner) (T, error) {
	return func(ctx context.Context, owner secret.Owner) (T, error) {
		result, err := read(ctx, owner)
		p.Step()
		return result, err
	}
}
