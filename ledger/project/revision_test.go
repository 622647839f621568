package project_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/secret"
)

func TestEncodeWritesWhatChanged(t *testing.T) {
	k := keys(t, 'a', 0)
	all := owners(1000)         // four chunks
	fresh := owners(1001)[1000] // one more of the same
	renamed := all[7]
	renamed.Name = "renamed"
	upper := all[7]
	upper.ID = strings.ToUpper(upper.ID)
	tests := map[string]struct {
		from   []secret.Owner
		edit   func(*project.Revision)
		want   int // the writes; -1 is one of them
		ops    string
		reason string
	}{
		"nothing":             {all, func(*project.Revision) {}, 0, "", "an apply in which nobody joins or leaves writes nothing"},
		"nothing from none":   {nil, func(*project.Revision) {}, 0, "", "no owners need no record"},
		"a source, no owners": {nil, func(d *project.Revision) { d.SetSource(source).After(7) }, 0, "", "no owners need no record"},
		"who is there":        {all, func(d *project.Revision) { d.Join(all[7]) }, 0, "", "nothing changed"},
		"id in capitals":      {all, func(d *project.Revision) { d.Join(upper) }, 0, "", "an id may be written either way"},
		"who is not there":    {all, func(d *project.Revision) { d.Leave(fresh) }, 0, "", "nothing changed"},
		"there and back":      {all, func(d *project.Revision) { d.Leave(upper).Join(all[7]) }, 0, "", "nothing changed"},
		"the same source":     {all, func(d *project.Revision) { d.SetSource(source) }, 0, "", "nothing changed"},
		"an unknown source":   {all, func(d *project.Revision) { d.SetSource(project.Source{}) }, 0, "", "what is known stays"},
		"a part of it":        {all, func(d *project.Revision) { d.SetSource(project.Source{Path: source.Path}) }, 0, "", "what is known stays"},
		"a lower serial":      {all, func(d *project.Revision) { d.After(5) }, 0, "", "the next one exceeds it anyway"},
		"one joins":           {all, func(d *project.Revision) { d.Join(fresh) }, 1, "change", "only its chunk"},
		"one leaves":          {all, func(d *project.Revision) { d.Leave(all[7]) }, 1, "change", "only its chunk"},
		"a new name":          {all, func(d *project.Revision) { d.Join(renamed) }, 1, "change", "only its chunk"},
		"another source":      {all, func(d *project.Revision) { d.SetSource(project.Source{Path: "b.yaml"}) }, 1, "change", "the chunk written last says it"},
		"a higher serial":     {all, func(d *project.Revision) { d.After(6) }, 1, "change", "the record was put back"},
		"all leave":           {all, func(d *project.Revision) { d.Leave(all...) }, 4, "change", "the count never shrinks by itself"},
		"the first":           {nil, func(d *project.Revision) { d.Join(fresh) }, 1, "create", "one chunk"},
		"many at first":       {nil, func(d *project.Revision) { d.Join(all...) }, 5, "create", "an empty only chunk comes first"},
		"doubling":            {all[:400], func(d *project.Revision) { d.Join(all[:500]...) }, 2, "create", "the new half comes first"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := store{}
			if test.from != nil {
				s = stored(t, k, home, test.from...)
			}
			revision := s.book(home, k).Revise()
			test.edit(revision)
			writes, next := encode(t, revision, k)
			if len(writes) != test.want || len(writes) > 0 && writes[0].Op.String() != test.ops {
				t.Errorf("writes = %s\nwant %d, %s: %s", describe(writes), test.want, test.ops, test.reason)
			}
			again, _, err := revision.Encode(k, strings.Repeat("r", 64))
			if describe(again) != describe(writes) || err != nil {
				t.Errorf("with another run id: %s, %v", describe(again), err)
			}
			same, _ := encode(t, revision, k)
			if !slices.EqualFunc(writes, same, func(a, b ledger.Write) bool { return a.Op == b.Op && a.Name == b.Name && a.Value.Equal(b.Value) }) {
				t.Error("the same draft gives other bytes")
			}
			s.apply(t, writes...)
			mustBe(t, s.book(home, k), next)
			if more, _ := encode(t, next.Revise(), k); more != nil {
				t.Errorf("after the writes there is more to write: %s", describe(more))
			}
		})
	}
}

// TestSource follows one record from source to source.
func TestSource(t *testing.T) {
	k := keys(t, 'a', 0)
	path := func(p string) project.Source { return project.Source{Forge: source.Forge, Path: p} }
	s := store{}
	steps := []struct {
		set            project.Source
		source, former project.Source
		movedAt        uint64
		reason         string
	}{
		{project.Source{}, project.Source{}, project.Source{}, 0, "no git, no forge"},
		{project.Source{Path: "a.yaml"}, project.Source{Path: "a.yaml"}, project.Source{}, 0, "what becomes known is no move"},
		{path("a.yaml"), path("a.yaml"), project.Source{}, 0, "what becomes known is no move"},
		{project.Source{}, path("a.yaml"), project.Source{}, 0, "what is unknown overwrites nothing"},
		{project.Source{Path: "b.yaml"}, path("b.yaml"), path("a.yaml"), 4, "a move within what is known of the repository"},
		{path("b.yaml"), path("b.yaml"), path("a.yaml"), 4, "the same"},
		{project.Source{Forge: "gitlab.com:7"}, project.Source{Forge: "gitlab.com:7", Path: "b.yaml"}, path("b.yaml"), 5, "to another repository"},
		{path("b.yaml"), path("b.yaml"), project.Source{Forge: "gitlab.com:7", Path: "b.yaml"}, 6, "and back"},
		{project.Source{Path: "with spaces/ü.yaml"}, path("with spaces/ü.yaml"), path("b.yaml"), 7, ""},
	}
	for i, step := range steps {
		writes, record := encode(t, s.book(home, k).Revise().Join(example()...).SetSource(step.set), k)
		s.apply(t, writes...)
		mustBe(t, s.book(home, k), record)
		if record.Source != step.source || record.Former != step.former || record.MovedAt != step.movedAt {
			t.Errorf("step %d: %v, formerly %v, moved at %d, want %v, %v, %d: %s", i+1,
				record.Source, record.Former, record.MovedAt, step.source, step.former, step.movedAt, step.reason)
		}
		if step.movedAt == 0 != (record.Former == project.Source{}) || record.MovedAt > record.Serial {
			t.Errorf("step %d: moved at %d of %d", i+1, record.MovedAt, record.Serial)
		}
	}
}

func TestAgrees(t *testing.T) {
	for name, c := range map[string]struct {
		a, b  project.Source
		agree bool
	}{
		"equal":            {source, source, true},
		"nothing known":    {source, project.Source{}, true},
		"the path":         {source, project.Source{Path: source.Path}, true},
		"the forge":        {source, project.Source{Forge: source.Forge}, true},
		"one part each":    {project.Source{Forge: "x"}, project.Source{Path: "y"}, true},
		"another path":     {source, project.Source{Path: "b"}, false},
		"another forge":    {source, project.Source{Forge: "b", Path: source.Path}, false},
		"path of no forge": {project.Source{Path: "a"}, project.Source{Forge: "x", Path: "b"}, false},
	} {
		if c.a.Agrees(c.b) != c.agree || c.b.Agrees(c.a) != c.agree {
			t.Errorf("%s: agrees is %v and %v, want %v", name, c.a.Agrees(c.b), c.b.Agrees(c.a), c.agree)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	k := keys(t, 'a', 0)
	changed := func(change func(*secret.Owner)) secret.Owner {
		owner := example()[1]
		change(&owner)
		return owner
	}
	ok := example()[1]
	nowhere, unnamed := home, home
	nowhere.Owner.ID, unnamed.Project = "", "A"
	longPath := project.Source{Path: strings.Repeat("p", 1001)}
	tests := map[string]struct {
		id     ledger.Identity
		owner  secret.Owner
		source project.Source
		keys   ledger.Keys
		run    string
		after  uint64
		want   string
	}{
		"no key":            {home, ok, source, ledger.Keys{}, run, 0, "write the project's record on site:blue-shop: there is no fingerprint_key"},
		"owner, no id":      {home, changed(func(o *secret.Owner) { o.ID = "" }), source, k, run, 0, "the id of the site or organization is not known"},
		"owner, bad id":     {home, changed(func(o *secret.Owner) { o.ID = "a b" }), source, k, run, 0, "the id of the site or organization is not known"},
		"owner, no name":    {home, changed(func(o *secret.Owner) { o.Name = "" }), source, k, run, 0, "the name of the site or organization is not"},
		"owner, two lines":  {home, changed(func(o *secret.Owner) { o.Name = "a\nb" }), source, k, run, 0, `site:"a\nb": the name of the site or organization is not`},
		"owner, long name":  {home, changed(func(o *secret.Owner) { o.Name = strings.Repeat("n", 201) }), source, k, run, 0, "the name of the site or organization is not"},
		"owner of no kind":  {home, changed(func(o *secret.Owner) { o.Kind = 0 }), source, k, run, 0, "it is neither a site nor an organization"},
		"home, no id":       {nowhere, ok, source, k, run, 0, "the id of the site or organization is not known"},
		"no project":        {unnamed, ok, source, k, run, 0, "the project's name is not valid"},
		"no run":            {home, ok, source, k, "", 0, "the run id is not"},
		"run with a line":   {home, ok, source, k, "a\nb", 0, "the run id is not"},
		"forge, a space":    {home, ok, project.Source{Forge: "a b"}, k, run, 0, "the repository's id is not letters, digits and .-_:/, at most 100"},
		"forge, long":       {home, ok, project.Source{Forge: strings.Repeat("f", 101)}, k, run, 0, "the repository's id is not"},
		"path, two lines":   {home, ok, project.Source{Path: "a\nb"}, k, run, 0, "the manifest's path is not printable"},
		"path, long":        {home, ok, longPath, k, run, 0, "the manifest's path is not printable, or longer than 1000 bytes"},
		"path, no UTF-8":    {home, ok, project.Source{Path: "a\xff"}, k, run, 0, "the manifest's path is not printable"},
		"no higher serial":  {home, ok, source, k, run, 1<<64 - 1, "the serials are used up"},
		"hardly any higher": {home, ok, source, k, run, 1<<64 - 9, "the serials are used up"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			revision := (store{}).book(test.id, k).Revise().Join(test.owner).SetSource(test.source).After(test.after)
			writes, record, err := revision.Encode(test.keys, test.run)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Encode = %v, want an error with %q", err, test.want)
			}
			if writes != nil || record.Owners != nil {
				t.Errorf("a failed Encode returns %d writes, %d owners", len(writes), len(record.Owners))
			}
		})
	}
	if _, _, err := (store{}).book(home, k).Revise().Join(ok).Encode(ledger.Keys{}, run); !errors.Is(err, ledger.ErrNoKey) {
		t.Errorf("Encode without a key = %v, want ErrNoKey", err)
	}
	damaged := store{}
	damaged.set(first, "junk")
	if _, _, err := damaged.book(home, k).Revise().Encode(k, run); !errors.Is(err, project.ErrUnusable) {
		t.Errorf("Encode of a damaged record = %v, want ErrUnusable", err)
	}
}

// TestTooManyOwners: one too many is refused at once, and what is allowed but does
// not fit is refused before it is packed.
func TestTooManyOwners(t *testing.T) {
	k := keys(t, 'a', 0)
	many := store{}.book(home, k).Revise()
	for i := range project.MaxOwners + 1 {
		many.Join(secret.Owner{Kind: secret.Site, Name: "n", ID: fmt.Sprintf("%08x-2222-3333-4444-55555555abcd", i)})
	}
	_, _, err := many.Encode(k, run)
	if err == nil || !strings.Contains(err.Error(), "the project has 50001 sites and organizations; at most 50000 are possible") {
		t.Errorf("one too many: %v", err)
	}
	revision := store{}.book(home, k).Revise()
	random := rand.New(rand.NewPCG(3, 0))
	for i := range 20_000 {
		name := make([]byte, 200)
		for j := range name {
			name[j] = byte('!' + random.IntN(90))
		}
		revision.Join(secret.Owner{Kind: secret.Site, Name: string(name), ID: fmt.Sprintf("%08x-2222-3333-4444-55555555abcd", i)})
	}
	if _, _, err := revision.Encode(k, run); err == nil || !strings.Contains(err.Error(), "20000 sites and organizations do not fit into 256 secrets") {
		t.Errorf("names that cannot be packed: %v", err)
	}
}

// TestRotation: under the previous key everything counts; the next write puts
// every chunk under the current one.
func TestRotation(t *testing.T) {
	old, rotating, done := keys(t, 'o', 0), keys(t, 'n', 'o'), keys(t, 'n', 0)
	all := owners(1000)
	s := stored(t, old, home, all...)
	record := s.book(home, rotating)
	if d := diff(sorted(all), record.Owners); record.Status != ledger.Whole || !record.NeedsRekey || d != "" {
		t.Fatalf("under the previous key: %s (%s), needs rekey %v, owners differ:\n%s", record.Status, record.Reason, record.NeedsRekey, d)
	}
	if lost := s.book(home, done); lost.Status != ledger.OtherKey || lost.Owners != nil {
		t.Fatalf("without the previous key: %s, %d owners", lost.Status, len(lost.Owners))
	}
	writes, record := encode(t, record.Revise(), rotating)
	for i := range writes {
		if state := s.book(home, rotating); state.Status != ledger.Whole || diff(sorted(all), state.Owners) != "" {
			t.Errorf("after %d writes: %s (%s)", i, state.Status, state.Reason)
		}
		s.apply(t, writes[i])
	}
	mustBe(t, s.book(home, done), record)
	if record.NeedsRekey || len(writes) != 4 {
		t.Errorf("after the rotation: needs rekey %v, %s", record.NeedsRekey, describe(writes))
	}
}

// TestReset gives up a record in every unusable state. The next one has a
// serial that exceeds what ledgers name, and nothing of the old one comes back.
func TestReset(t *testing.T) {
	k, lost := keys(t, 'a', 0), keys(t, 'b', 0)
	tests := map[string]func(store){
		"lost key":      func(s store) { clear(s); s.copy(stored(t, lost, home, owners(1000)...)) },
		"newer":         func(s store) { s.set(first, "cella-project 2\n") },
		"missing chunk": func(s store) { delete(s, second) },
		"missing first": func(s store) { delete(s, first) },
		"surplus junk":  func(s store) { s.set("CELLA_PROJECT__STOREFRONT__256", "junk") },
		"whole":         func(store) {},
		"none":          func(s store) { clear(s) },
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			start := stored(t, k, home, owners(1000)...)
			damage(start)
			start.set("BANNER", "untouched")
			start.set("CELLA_PROJECT__OTHER", "untouched")
			revision := start.book(home, k).Reset().Join(example()...).SetSource(source).After(41)
			writes, record := encode(t, revision, k)
			if record.Serial != 42 || record.MovedAt != 0 || diff(example(), record.Owners) != "" {
				t.Errorf("the new record is %v", record)
			}
			for n := range len(writes) + 1 {
				s := store{}
				s.copy(start)
				s.apply(t, writes[:n]...)
				if now := s.book(home, k); n > 0 && now.Status == ledger.Whole && diff(says(record), says(now)) != "" {
					t.Fatalf("after %d of %s: %v is back", n, describe(writes), says(now))
				}
				repeated, _ := encode(t, s.book(home, k).Reset().Join(example()...).SetSource(source).After(41), k)
				s.apply(t, repeated...)
				if now := s.book(home, k); now.Status != ledger.Whole || now.Serial < 42 || diff(example(), now.Owners) != "" {
					t.Errorf("after %d writes and another reset: %s, %v", n, now.Status, says(now))
				}
				if s.text("BANNER") != "untouched" || s.text("CELLA_PROJECT__OTHER") != "untouched" {
					t.Error("a reset touches what is not this project's record")
				}
			}
			gone, err := start.book(home, k).Discard(k, run)
			if err != nil {
				t.Fatal(err)
			}
			if start.apply(t, gone...); len(start) != 2 {
				t.Errorf("after discarding the record %d secrets are left", len(start)-2)
			}
		})
	}
}

func (s store) copy(other store) {
	for name, entry := range other {
		s[name] = entry
	}
}

// TestOrigin: where a writing came from is read back, and is no reason to write.
func TestOrigin(t *testing.T) {
	k := keys(t, 'a', 0)
	from := ledger.Origin{
		Record: 9, Home: home.Owner, Commit: strings.Repeat("ab", 20), CommitTime: time.Unix(1790000000, 0).UTC(),
		Actor: "octocat", Time: time.Unix(1790000300, 0).UTC(),
	}
	s := stored(t, k, home, owners(3)...)
	if got := s.book(home, k).Origin; got != (ledger.Origin{}) {
		t.Errorf("a record that says nothing of it has %+v", got)
	}
	writes, record := encode(t, s.book(home, k).Revise().Join(owners(4)...).ComeFrom(from), k)
	s.apply(t, writes...)
	want := from
	want.Record, want.Home = 0, secret.Owner{}
	if got := s.book(home, k).Origin; got != want || record.Origin != want {
		t.Errorf("Origin = %+v, Encode returned %+v, want %+v", got, record.Origin, want)
	}
	later := from
	later.Commit = strings.Repeat("cd", 20)
	if writes, _ := encode(t, s.book(home, k).Revise().ComeFrom(later), k); len(writes) > 0 {
		t.Errorf("%d writes for another commit alone", len(writes))
	}
}
