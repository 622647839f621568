package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/secret"
)

// canary is part of every value in these tests, and of nothing else.
const canary = "c4n4ry"

// refused is an error after which a change was certainly not made, unknown is
// one that leaves it open.
var (
	errRefused     = errors.New("refused")
	errUnknown     = errors.New("no usable answer; whether it took effect is not known")
	errCredentials = fmt.Errorf("credentials: %w", errRefused)
	errAbsent      = fmt.Errorf("it does not exist: %w", errRefused)
)

// world is an apply.API in memory that obeys Pantheon's rules, records the
// calls in their order, and fails as scripted.
type world struct {
	mu      sync.Mutex
	calls   []string
	secrets map[string]*stored // by storedKey
	faults  map[string][]fault
	// chance, where set, scripts the calls that faults leave open. It is
	// called in the order of the calls.
	chance func() fault
	// parent is the organization that owns every site.
	parent secret.Owner
	// takes: deleting a site's secret takes the organization's too.
	takes bool
}

type stored struct {
	typ       secret.Type
	scopes    secret.Scopes
	value     secret.Value
	overrides map[secret.Env]secret.Value
}

// fault replaces one call's answer. The change is made all the same where
// takesEffect says so. during runs first, outside every lock.
type fault struct {
	err         error
	takesEffect bool
	during      func()
}

func newWorld() *world {
	return &world{secrets: map[string]*stored{}, faults: map[string][]fault{}}
}

func storedKey(owner secret.Owner, name secret.Name) string {
	return fmt.Sprintf("%s %s", owner, name)
}

func newStored(typ secret.Type, scopes secret.Scopes, value secret.Value) *stored {
	return &stored{typ, scopes, value, map[secret.Env]secret.Value{}}
}

// fail scripts the answers to the next calls that are spelled so.
func (w *world) fail(call string, faults ...fault) *world {
	w.faults[call] = append(w.faults[call], faults...)
	return w
}

func (w *world) do(ctx context.Context, call string, change func() error) error {
	w.mu.Lock()
	w.calls = append(w.calls, call)
	var f fault
	scripted := len(w.faults[call]) > 0
	if scripted {
		f, w.faults[call] = w.faults[call][0], w.faults[call][1:]
	}
	if !scripted && w.chance != nil {
		f, scripted = w.chance(), true
	}
	w.mu.Unlock()
	if f.during != nil {
		f.during()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !scripted || f.err == nil || f.takesEffect {
		if err := change(); err != nil {
			return err
		}
	}
	if f.err != nil {
		return f.err
	}
	return ctx.Err()
}

func (w *world) Create(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return w.do(ctx, fmt.Sprintf("%s create %s %s %s", owner, name, typ, scopes), func() error {
		key := storedKey(owner, name)
		old := w.secrets[key]
		switch {
		case old == nil:
			w.secrets[key] = newStored(typ, scopes, value)
		case old.typ == typ && old.scopes.Equal(scopes):
			old.value = value
		default:
			return fmt.Errorf("create %s: it exists already: %w", name, errRefused)
		}
		return nil
	})
}

// CreateNew is spelled like Create: a create that is no other one's either.
func (w *world) CreateNew(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return w.do(ctx, fmt.Sprintf("%s create %s %s %s", owner, name, typ, scopes), func() error {
		key := storedKey(owner, name)
		if old := w.secrets[key]; old != nil && (old.typ != typ || !old.scopes.Equal(scopes) || !old.value.Equal(value)) {
			return fmt.Errorf("create %s: another one exists: %w", name, errRefused)
		}
		w.secrets[key] = newStored(typ, scopes, value)
		return nil
	})
}

func (w *world) Set(ctx context.Context, owner secret.Owner, name secret.Name, env secret.Env, value secret.Value) error {
	return w.do(ctx, fmt.Sprintf("%s set %s %s", owner, name, orDefault(env)), func() error {
		old := w.secrets[storedKey(owner, name)]
		switch {
		case old == nil:
			return fmt.Errorf("set %s: %w", name, errAbsent)
		case env == "":
			old.value = value
		default:
			old.overrides[env] = value
		}
		return nil
	})
}

func (w *world) RemoveOverride(ctx context.Context, owner secret.Owner, name secret.Name, env secret.Env) error {
	return w.do(ctx, fmt.Sprintf("%s unset %s %s", owner, name, orDefault(env)), func() error {
		if old := w.secrets[storedKey(owner, name)]; old != nil {
			delete(old.overrides, env)
		}
		return nil
	})
}

func (w *world) Delete(ctx context.Context, owner secret.Owner, name secret.Name) error {
	return w.do(ctx, fmt.Sprintf("%s delete %s", owner, name), func() error {
		delete(w.secrets, storedKey(owner, name))
		if w.takes && owner.Kind == secret.Site {
			delete(w.secrets, storedKey(w.parent, name))
		}
		return nil
	})
}

func (w *world) MakeOwn(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return w.do(ctx, fmt.Sprintf("%s own %s", owner, name), func() error {
		if key := storedKey(owner, name); w.secrets[key] == nil {
			w.secrets[key] = newStored(typ, scopes, value)
		}
		return nil
	})
}

func (w *world) List(ctx context.Context, owner secret.Owner) (live secret.Live, err error) {
	err = w.do(ctx, fmt.Sprintf("%s list", owner), func() error {
		live = w.list(owner, w.parent, false)
		return nil
	})
	return live, err
}

func orDefault(env secret.Env) string {
	if env == "" {
		return "default"
	}
	return string(env)
}

// show describes a live secret: type, scopes and values.
func (w *world) show(owner secret.Owner, name secret.Name) string {
	live := w.secrets[storedKey(owner, name)]
	if live == nil {
		return "not live"
	}
	text := fmt.Sprintf("%s [%s] %s", live.typ, live.scopes, live.value.Reveal())
	envs := make([]string, 0, len(live.overrides))
	for env, value := range live.overrides {
		envs = append(envs, fmt.Sprintf(" %s=%s", env, value.Reveal()))
	}
	slices.Sort(envs)
	for _, env := range envs {
		text += env
	}
	return text
}

func site(name string) secret.Owner {
	return secret.Owner{Kind: secret.Site, Name: name, ID: "id-of-site-" + name}
}

func org(name string) secret.Owner {
	return secret.Owner{Kind: secret.Organization, Name: name, ID: "id-of-org-" + name}
}

// options run owners one after another, so that calls have one order.
func options() apply.Options {
	return apply.Options{
		Parallel:  1,
		Ambiguous: func(err error) bool { return !errors.Is(err, errRefused) },
		Fatal:     func(err error) bool { return errors.Is(err, errCredentials) },
		NotFound:  func(err error) bool { return errors.Is(err, errAbsent) },
	}
}

// answersLate is a world whose calls succeed although their context has ended.
type answersLate struct{ *world }

func (w answersLate) Create(_ context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return w.world.Create(context.Background(), owner, name, typ, scopes, value)
}

func (w answersLate) CreateNew(_ context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return w.world.CreateNew(context.Background(), owner, name, typ, scopes, value)
}

func (w answersLate) Set(_ context.Context, owner secret.Owner, name secret.Name, env secret.Env, value secret.Value) error {
	return w.world.Set(context.Background(), owner, name, env, value)
}

func (w answersLate) Delete(_ context.Context, owner secret.Owner, name secret.Name) error {
	return w.world.Delete(context.Background(), owner, name)
}
