package survey_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/survey"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// watched counts what a survey is told to show.
type watched struct {
	lock   sync.Mutex
	stages []string
	steps  int
}

func (w *watched) Begin(what string, requests int, _ time.Duration) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.stages = append(w.stages, fmt.Sprintf("%s %d", what, requests))
}

func (w *watched) Step() {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.steps++
}

// TestTake: what the manifest names is looked up, listed and compared, and nothing
// is written.
func TestTake(t *testing.T) {
	b := newBench(t, world())
	manifest := b.read(bare + "organizations: {agency: {secrets: {SHARED: {scopes: [user, web], value: shared}}}}\n" + two)
	var progress watched
	var told []string
	s := b.take(manifest, func(opts *survey.Options) {
		opts.Progress = &progress
		opts.Tell = func(file string, _ problem.List) error {
			told = append(told, file)
			return nil
		}
	})
	if got, want := actions(s.Plan), "none org:agency/SHARED, create site:blog/A, create site:shop/A"; got != want {
		t.Errorf("the plan does %s, want %s", got, want)
	}
	for i, address := range []string{"org:agency", "site:blog", "site:shop"} {
		if owner := s.Desired[i].Owner; owner.String() != address || owner.ID != id(address) || s.Live[i].Owner != owner {
			t.Errorf("%s is %+v, listed %+v", address, owner, s.Live[i].Owner)
		}
	}
	if !s.Plan.Complete || len(s.Plan.Errors) > 0 || s.Unread() != nil || s.Unreadable() != nil || s.Plan.CellaVersion != "test" {
		t.Errorf("complete %v, errors %s, unread %v", s.Plan.Complete, wrong(s.Plan), s.Unread())
	}
	stages := slices.DeleteFunc(progress.stages, func(stage string) bool { return strings.HasSuffix(stage, " 0") })
	if diff := cmp.Diff([]string{"looking up 2", "reading 3"}, stages); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
	if progress.steps != 5 || !slices.Equal(told, []string{manifest.File}) || s.Now.IsZero() {
		t.Errorf("%d steps, told of %q, at %s", progress.steps, told, s.Now)
	}
	b.onlyRead(0)
}

// TestTakeWhatTargetsCover: nothing is asked of the others.
func TestTakeWhatTargetsCover(t *testing.T) {
	b := newBench(t, world())
	s := b.take(b.read(bare+two), targeting("site:shop"))
	if got := actions(s.Plan); got != "create site:shop/A" || s.Plan.Complete {
		t.Errorf("the plan does %s, complete %v", got, s.Plan.Complete)
	}
	if n := b.asked(emulator.FindSite, "", 0) + b.asked(emulator.ListSecrets, "", 0); n != 2 || b.asked(emulator.ListSecrets, "site:shop", 0) != 1 {
		t.Errorf("%d requests: %v", n, b.server.Log())
	}
}

// TestTakeUnread: an owner that cannot be read is an error of the plan, and none
// without secrets; the others are planned.
func TestTakeUnread(t *testing.T) {
	tests := map[string]struct {
		manifest  string
		fault     emulatortest.Fault
		wrong     string
		err, next string
		is        error
	}{
		"a list that is not found": {
			two, fails(emulator.ListSecrets, "site:shop", http.StatusNotFound), "site:shop not-found", "site:shop", "", pantheon.ErrNotFound,
		},
		"a list that is forbidden": {
			two, fails(emulator.ListSecrets, "site:shop", http.StatusForbidden), "site:shop forbidden", "site:shop", "role", pantheon.ErrForbidden,
		},
		"a list that fails": {
			two, fails(emulator.ListSecrets, "site:shop", http.StatusServiceUnavailable), "site:shop request-failed", "site:shop", "", pantheon.ErrUnavailable,
		},
		"a site that is not there": {
			strings.Replace(two, "shop", "nowhere", 1), none, "site:nowhere not-found", "site:nowhere", "", pantheon.ErrNotFound,
		},
		"an organization that is not there": {
			two + "organizations: {agenzy: {secrets: {}}}\n", none, "org:agenzy not-found", "org:agenzy",
			"did you mean agency?", pantheon.ErrNotFound,
		},
		"one that is far": {
			two + "organizations: {elsewhere: {secrets: {}}}\n", none, "org:elsewhere not-found", "org:elsewhere",
			"terminus org:list", pantheon.ErrNotFound,
		},
		"memberships that fail": {
			two + "organizations: {agency: {secrets: {}}}\n", fails(emulator.ListOrganizations, "", http.StatusNotFound),
			"org:agency not-found", "", "", pantheon.ErrNotFound,
		},
		"several of one machine name": {
			two + "organizations: {agency: {secrets: {}}}\n", emulatortest.SameMachineName("agency"), "org:agency request-failed", "2 organizations", "UUID", nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			state := world()
			state.Organizations = append(state.Organizations, emulator.Organization{Name: "second"})
			b := newBench(t, state, test.fault)
			manifest := b.read(bare + test.manifest)
			synctest.Test(t, func(t *testing.T) { // repeating what failed takes its time
				s, err := survey.Take(t.Context(), manifest, b.options())
				if err != nil {
					t.Fatal(err)
				}
				if wrong(s.Plan) != test.wrong || s.Plan.Complete || !s.Plan.Blocked() {
					t.Errorf("errors %s, complete %v", wrong(s.Plan), s.Plan.Complete)
				}
				if !strings.Contains(actions(s.Plan), "create site:blog/A") {
					t.Errorf("the plan does %s", actions(s.Plan))
				}
				owner := s.Plan.Errors[0].Owner
				if strings.HasPrefix(s.Plan.Errors[0].Detail, owner.String()) {
					t.Errorf("the plan names it twice: %s", s.Plan.Errors[0].Detail)
				}
				for _, err := range []error{s.Unread(), s.Unreadable()} {
					says(t, err, hint.Failed, test.err, test.next)
					if test.is != nil && !errors.Is(err, test.is) {
						t.Errorf("the cause is lost: %v", err)
					}
				}
				says(t, s.Blocked("nothing was applied"), hint.Failed, test.err, "nothing was applied")
			})
		})
	}
}

// TestTakeEnds: what concerns every owner ends the survey.
func TestTakeEnds(t *testing.T) {
	stop := errors.New("the manifest is wrong")
	ended, end := context.WithCancel(t.Context())
	end()
	tests := map[string]struct {
		ctx    context.Context
		fault  emulatortest.Fault
		change func(*survey.Options)
		is     error
	}{
		"a refused token": {t.Context(), emulatortest.TokenRefused(http.StatusUnauthorized), func(*survey.Options) {}, pantheon.ErrCredentials},
		"interrupted":     {ended, none, func(*survey.Options) {}, context.Canceled},
		"told to": {t.Context(), none, func(opts *survey.Options) {
			opts.Tell = func(string, problem.List) error { return stop }
		}, stop},
	}
	for name, test := range tests {
		for _, text := range []string{two, "organizations: {agency: {secrets: {}}}\n", "sites: {shop: {id: " + id("site:shop") + ", secrets: {}}}\n"} {
			t.Run(name, func(t *testing.T) {
				b := newBench(t, world(), test.fault)
				s, err := survey.Take(test.ctx, b.read(bare+text), b.options(test.change))
				if s != nil || !errors.Is(err, test.is) {
					t.Errorf("survey %v, error %v", s != nil, err)
				}
			})
		}
	}
}

// TestTakeProvesIDs: an id of the manifest is believed once the service, or this
// project's ledger, says that it is of that name.
func TestTakeProvesIDs(t *testing.T) {
	given := func(name string) string {
		return keyed + "sites: {blog: {secrets: {}}, " + name + ": {id: " + id("site:shop") + ", secrets: {A: {value: c4nary}}}}\n"
	}
	b := newBench(t, world())
	s := b.take(b.read(given("shop")))
	if got := actions(s.Plan); got != "create site:shop/A" || b.asked(emulator.FindSite, "site:shop", 0) != 1 {
		t.Fatalf("the plan does %s, and asked %d times", got, b.asked(emulator.FindSite, "site:shop", 0))
	}
	b.apply(s)

	since := len(b.server.Log())
	if s = b.take(b.read(given("shop"))); actions(s.Plan) != "none site:shop/A" || b.asked(emulator.FindSite, "site:shop", since) != 0 {
		t.Errorf("the plan does %s, and asked %d times, where the ledger says it", actions(s.Plan), b.asked(emulator.FindSite, "site:shop", since))
	}

	for name, text := range map[string]string{
		"another's id":           given("wiki"),
		"another's, without key": bare + "sites: {wiki: {id: " + id("site:shop") + ", secrets: {A: {value: c4nary}}}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := b.take(b.read(text))
			if wrong(s.Plan) != "site:wiki request-failed" || strings.Contains(actions(s.Plan), "site:wiki") || !s.Plan.Blocked() {
				t.Errorf("errors %s, and the plan does %s", wrong(s.Plan), actions(s.Plan))
			}
			says(t, s.Unread(), hint.Failed, "site:wiki: the id in the manifest", "correct the name or the id")
			if slices.ContainsFunc(s.Live, func(l secret.Live) bool { return l.Owner.Name == "wiki" }) {
				t.Error("its list is taken for that of another site")
			}
		})
	}
	b.server.Script(fails(emulator.FindSite, "", http.StatusNotFound))
	s = b.take(b.read(strings.Replace(given("wiki"), "blog: {", "blog: {id: "+id("site:blog")+", ", 1)))
	if !strings.Contains(wrong(s.Plan), "site:wiki not-found") {
		t.Errorf("where nobody answers: errors %s", wrong(s.Plan))
	}
}

// TestTakeOfACutList: a ledger that may only be missing from the list is not taken
// for absent.
func TestTakeOfACutList(t *testing.T) {
	b := newBench(t, world())
	b.apply(b.take(b.read(keyed + two)))
	cut := emulatortest.CutList(b.server.Names("site:shop")...)
	cut.Operation, cut.Owner, cut.Times = emulator.ListSecrets, "site:shop", -1
	b.server.Script(cut)
	s := b.take(b.read(keyed + two))
	if wrong(s.Plan) != "site:shop request-failed" || strings.Contains(actions(s.Plan), "site:shop") {
		t.Errorf("errors %s, and the plan does %s", wrong(s.Plan), actions(s.Plan))
	}
	says(t, s.Unread(), hint.Failed, "site:shop", "run the command again")

	cut = emulatortest.CutList(slices.DeleteFunc(b.server.Names("site:blog"), func(name string) bool { return !strings.Contains(name, "CELLA_PROJECT") })...)
	cut.Operation, cut.Owner, cut.Times = emulator.ListSecrets, "site:blog", -1
	b.server.Script(cut)
	none, err := survey.Take(t.Context(), b.read(keyed+two), b.options())
	if none != nil {
		t.Error("a survey without the record")
	}
	says(t, err, hint.Failed, "site:blog", "run the command again")
}

// TestTakeWithoutTheKey: what a ledger says is presumed, and no value compared.
func TestTakeWithoutTheKey(t *testing.T) {
	b := newBench(t, world())
	file := b.read(keyed + two).File
	b.apply(b.take(b.load(file)))
	manifest, problems, err := schema.Load(t.Context(), file, schema.Options{Decryption: schema.DecryptNever})
	if manifest == nil {
		t.Fatal(err, problems)
	}
	s := b.take(manifest, func(opts *survey.Options) { opts.StructureOnly = true })
	if len(s.Ledgers) != 2 || !s.Ledgers[0].Presumed || !s.Plan.StructureOnly || s.Plan.Complete || len(s.Plan.Errors) > 0 {
		t.Errorf("ledgers %+v, errors %s", s.Ledgers, wrong(s.Plan))
	}
	if got := actions(s.Plan); got != "none site:blog/A, none site:shop/A" {
		t.Errorf("the plan does %s", got)
	}
}

// TestBlocked: everything that stands against it, each owner once, with the next
// steps of all.
func TestBlocked(t *testing.T) {
	state := world()
	state.Sites[0].Secrets = map[string]emulator.Secret{"A": {Type: "env", Scopes: []string{"web"}, Value: "c4nary"}}
	t.Run("a refusal", func(t *testing.T) {
		s := newBench(t, state)
		found := s.take(s.read(bare + two))
		if codes(found.Plan) != string(plan.CodeReplaceNotAllowed) {
			t.Fatalf("refusals %s", codes(found.Plan))
		}
		says(t, found.Blocked("nothing was applied"), hint.Refused, "1 refusal: nothing was applied", "--target")
	})
	t.Run("with one that is unread", func(t *testing.T) {
		s := newBench(t, state, fails(emulator.ListSecrets, "site:shop", http.StatusNotFound))
		err := s.take(s.read(bare + two)).Blocked("nothing was applied")
		says(t, err, hint.Failed, "1 refusal", "nothing was applied while a site or organization cannot be read")
		says(t, err, hint.Failed, "1 refusal", "leaves the project with `retire: abandon`")
		if n := strings.Count(err.Error(), "site:shop"); n != 1 {
			t.Errorf("the site is told %d times: %v", n, err)
		}
		next := hint.Next(err)
		if !slices.IsSorted(next) || len(slices.Compact(slices.Clone(next))) != len(next) {
			t.Errorf("next %q", next)
		}
	})
	for target, next := range map[string]string{
		"site:shop/API_KEZ": "did you mean --target site:shop/API_KEY?", "site:shop/SOMETHING": "site:shop has API_KEY",
	} {
		t.Run(target, func(t *testing.T) {
			s := newBench(t, world())
			found := s.take(s.read(bare+"sites: {shop: {secrets: {API_KEY: {value: c4nary}}}}\n"), targeting(target))
			says(t, found.Blocked("nothing was applied"), hint.Failed, target, next)
			says(t, found.Unreadable(), hint.Failed, "site:shop", "")
		})
	}
}

// TestEach: failures come one at a time, in the order of owners, and none hides
// what was found.
func TestEach(t *testing.T) {
	r := survey.NewReader(newBench(t, world()).client, nil)
	var owners []secret.Owner
	for i := range 40 {
		owners = append(owners, secret.Owner{Kind: secret.Site, Name: fmt.Sprintf("site-%02d", 40-i)})
	}
	found, err := survey.Each(t.Context(), r, owners, func(_ context.Context, owner secret.Owner) (string, error) {
		if strings.HasSuffix(owner.Name, "0") {
			return "", fmt.Errorf("%s failed", owner.Name)
		}
		return owner.Name, nil
	})
	if err != nil || len(found) != 36 || found[owners[1]] != owners[1].Name {
		t.Errorf("%v, %d found", err, len(found))
	}
	const failed = "site-10 failed\nsite-20 failed\nsite-30 failed\nsite-40 failed"
	if got := r.Unread(); got == nil || got.Error() != failed {
		t.Errorf("unread: %v", got)
	}
	refused := func(context.Context, secret.Owner) (string, error) { return "", pantheon.ErrCredentials }
	if _, err := survey.Each(t.Context(), r, owners, refused); !errors.Is(err, pantheon.ErrCredentials) {
		t.Errorf("what concerns all is %v", err)
	}
}

// TestMachineName: one that two organizations have is no name of either.
func TestMachineName(t *testing.T) {
	state := world()
	state.Organizations = append(state.Organizations, emulator.Organization{Name: "second"})
	agency := secret.Owner{Kind: secret.Organization, Name: strings.ToUpper(id("org:agency"))}
	for want, fault := range map[string]emulatortest.Fault{"agency": {Operation: emulator.Unknown}, "": emulatortest.SameMachineName("agency")} {
		r := survey.NewReader(newBench(t, state, fault).client, nil)
		ids, err := r.IDs(t.Context(), []secret.Owner{agency})
		if err != nil || ids[agency] != id("org:agency") || r.MachineName(ids[agency]) != want {
			t.Errorf("%v, %v, called %q, want %q", ids, err, r.MachineName(ids[agency]), want)
		}
		if got := r.MachineName(id("site:shop")); got != "" {
			t.Errorf("nobody is called %q", got)
		}
	}
}

// TestInputDigests: they tell one plan from that of other values, and give away
// nothing that guesses could be tested against.
func TestInputDigests(t *testing.T) {
	const outside = "sites: {blog: {secrets: {A: {value_from: {env: CELLA_VALUE_A}}}}}\n"
	b := newBench(t, world())
	b.env["CELLA_VALUE_A"] = "c4nary"
	if got := b.take(b.load(plaintext(t, bare+two))).Plan.Inputs; len(got) > 0 {
		t.Errorf("of a plaintext manifest: %v", got)
	}
	unkeyed := b.take(b.read(bare + outside)).Plan
	if got := unkeyed.Inputs; len(got) != 2 || len(got[0].SHA256) != 64 || got[1].Env != "CELLA_VALUE_A" || got[1].HMAC != "" || unkeyed.Provable() {
		t.Errorf("without a key: %v", got)
	}
	manifest := b.read(keyed + outside)
	one := b.take(manifest).Plan.Inputs
	b.env["CELLA_VALUE_A"] = "c4nary, other"
	other := b.take(b.load(manifest.File)).Plan.Inputs
	if len(one) != 2 || one[0] != other[0] || one[1].HMAC == "" || one[1].HMAC == other[1].HMAC {
		t.Errorf("with a key: %v and %v", one, other)
	}
}
