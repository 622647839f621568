package survey

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/secret"
)

// sideBySide bounds the look-ups and listings under way at once. Listings
// are paced by the client; this only keeps connections few.
const sideBySide = 16

// Progress is told how a run goes. nil is told nothing.
type Progress interface {
	// Begin starts a stage of so many requests, of which one is sent every pace at
	// most.
	Begin(what string, requests int, pace time.Duration)
	// Step takes note of one more request that is done.
	Step()
}

// silent is the Progress of a run that tells nobody.
type silent struct{}

func (silent) Begin(string, int, time.Duration) {}
func (silent) Step()                            {}

// Reader reads owners side by side, and keeps why some could not be read.
type Reader struct {
	client   *pantheon.Client
	progress Progress
	unread   []unreadOwner
	members  []pantheon.Organization // the account's organizations, once they were asked for
}

// NewReader returns a Reader that asks client.
func NewReader(client *pantheon.Client, progress Progress) *Reader {
	if progress == nil {
		progress = silent{}
	}
	return &Reader{client: client, progress: progress}
}

// unreadOwner is an owner that could not be looked up or listed.
type unreadOwner struct {
	owner secret.Owner
	err   error
}

// missed takes note of an owner that could not be read.
func (r *Reader) missed(owner secret.Owner, err error) {
	r.unread = append(r.unread, unreadOwner{owner, err})
}

// Unread is why owners could not be read, or nil.
func (r *Reader) Unread() error {
	var errs []error
	for _, unread := range r.unread {
		errs = append(errs, unread.err)
	}
	return hint.Join(errs...)
}

// IDs looks owners up by name: one request per site, the membership pages once for
// all organizations. Only errors that end everything are returned; others are in
// Unread.
func (r *Reader) IDs(ctx context.Context, owners []secret.Owner) (map[secret.Owner]string, error) {
	var sites, organizations []secret.Owner
	for _, owner := range owners {
		if owner.Kind == secret.Site {
			sites = append(sites, owner)
		} else {
			organizations = append(organizations, owner)
		}
	}
	ids := make(map[secret.Owner]string, len(owners))
	r.progress.Begin("looking up", len(sites), 0)
	if len(organizations) > 0 {
		memberships, err := r.memberships(ctx)
		if final(err) {
			return nil, err
		}
		for _, owner := range organizations {
			if err != nil {
				r.missed(owner, err)
			} else if id, found := r.match(owner, memberships); found {
				ids[owner] = id
			}
		}
	}
	found, err := Each(ctx, r, sites, func(ctx context.Context, owner secret.Owner) (string, error) {
		return r.client.SiteID(ctx, owner.Name)
	})
	maps.Copy(ids, found)
	return ids, err
}

// memberships are the organizations of the account. They are asked for once.
func (r *Reader) memberships(ctx context.Context) ([]pantheon.Organization, error) {
	if r.members != nil {
		return r.members, nil
	}
	members, err := r.client.Organizations(ctx)
	if err == nil {
		r.members = members
	}
	return members, err
}

// MachineName is that of an organization that IDs found. It is empty where another
// one has it too, so that it means neither.
func (r *Reader) MachineName(id string) string {
	name, bearers := "", 0
	for _, member := range r.members {
		if strings.EqualFold(member.ID, id) {
			name = member.MachineName
		}
	}
	for _, member := range r.members {
		if member.MachineName == name {
			bearers++
		}
	}
	if bearers != 1 {
		return ""
	}
	return name
}

// match finds an organization among the account's memberships, by machine name or
// UUID.
func (r *Reader) match(owner secret.Owner, memberships []pantheon.Organization) (id string, ok bool) {
	var names, found []string
	for _, membership := range memberships {
		if strings.EqualFold(membership.ID, owner.Name) {
			return membership.ID, true
		}
		if membership.MachineName == owner.Name {
			found = append(found, membership.ID)
		}
		names = append(names, membership.MachineName)
	}
	switch len(found) {
	case 0:
	case 1:
		return found[0], true
	default:
		r.missed(owner, hint.New(
			fmt.Errorf("%s: the account of this token is a member of %d organizations of this name: %s", owner, len(found), strings.Join(found, ", ")),
			"write the UUID of the one that you mean in place of its name"))
		return "", false
	}
	next := "the account of this token is a member of no organization: use another account's token"
	if near, ok := words.Closest(owner.Name, names); ok {
		next = fmt.Sprintf("did you mean %s?", words.Quote(near))
	} else if len(names) > 0 {
		next = "organizations go by their machine names; `terminus org:list` shows yours"
	}
	r.missed(owner, hint.New(notMember{owner}, next))
	return "", false
}

// notMember is the error of an organization that the account has no part in, as
// far as it can know.
type notMember struct{ owner secret.Owner }

func (e notMember) Error() string {
	return e.owner.String() + ": the account of this token is no member of an organization of this name"
}

func (e notMember) Unwrap() error { return pantheon.ErrNotFound }

// final reports whether err ends the whole command rather than one owner.
// Without a session none can be read, whatever the reason.
func final(err error) bool {
	var failed *pantheon.Error
	return errors.Is(err, pantheon.ErrCredentials) || errors.Is(err, context.Canceled) ||
		errors.As(err, &failed) && failed.Op == pantheon.OpSignIn
}

// Each calls read for every owner, side by side, and returns what it returned.
// Failures are in the Reader's Unread, in the order of owners; one that ends
// everything is returned instead.
func Each[T any](ctx context.Context, r *Reader, owners []secret.Owner, read func(context.Context, secret.Owner) (T, error)) (map[secret.Owner]T, error) {
	return each(ctx, r, owners, read, r.missed)
}

// each is Each with failures going to failed, one at a time.
func each[T any](
	ctx context.Context, r *Reader, owners []secret.Owner, read func(context.Context, secret.Owner) (T, error), failed func(secret.Owner, error),
) (map[secret.Owner]T, error) {
	var lock sync.Mutex
	found := make(map[secret.Owner]T, len(owners))
	failures := make(map[secret.Owner]error)
	group, groupCtx := crash.WithContext(ctx, sideBySide)
	for _, owner := range owners {
		group.Go(func() error {
			result, err := read(groupCtx, owner)
			r.progress.Step()
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
