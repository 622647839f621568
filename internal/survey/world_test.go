package survey_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/survey"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/edit/edittest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

const (
	bare = "version: 1\nproject: storefront\ndefaults: {type: runtime, scopes: [web]}\n"
	// keyed remembers what was applied, on blog.
	keyed = "record: site:blog\nfingerprint_key: " + edittest.FingerprintKey + "\n" + bare
	two   = "sites: {blog: {secrets: {A: {value: c4nary}}}, shop: {secrets: {A: {value: c4nary}}}}\n"
)

// world is an account with an organization and three sites.
func world() emulator.State {
	return emulator.State{
		Organizations: []emulator.Organization{{Name: "agency", Secrets: map[string]emulator.Secret{
			"SHARED": {Type: "runtime", Scopes: []string{"user", "web"}, Value: "shared"},
		}}},
		Sites: []emulator.Site{{Name: "blog"}, {Name: "shop", Organization: "agency", Framework: "drupal10"}, {Name: "wiki"}},
	}
}

// id is that of an owner of world, such as site:shop.
func id(address string) string {
	kind, name, _ := strings.Cut(address, ":")
	return emulator.DerivedID(kind, name)
}

// bench is an emulator, a client of it, and what surveys were told to say.
type bench struct {
	*testing.T
	server *emulatortest.Server
	client *pantheon.Client
	told   problem.List
	env    map[string]string
}

func newBench(t *testing.T, state emulator.State, faults ...emulatortest.Fault) *bench {
	t.Helper()
	server, client := emulatortest.Serve(t, state, faults...)
	return &bench{T: t, server: server, client: client, env: map[string]string{}}
}

// fails answers requests with a status for good.
func fails(operation emulator.Operation, owner string, status int) emulatortest.Fault {
	return emulatortest.Fault{Operation: operation, Owner: owner, Status: status, Times: -1}
}

// read reads a manifest: encrypted, unless it has no key to be encrypted for.
func (b *bench) read(plain string) *schema.Manifest {
	b.Helper()
	return b.load(edittest.Manifest(b, plain))
}

func (b *bench) load(file string) *schema.Manifest {
	b.Helper()
	options := schema.Options{AllowPlaintext: true, Keys: edittest.Keys(), Environment: b.lookUp}
	manifest, problems, err := schema.Load(b.Context(), file, options)
	if manifest == nil {
		b.Fatalf("%v\n%s", err, problems)
	}
	return manifest
}

func (b *bench) lookUp(name string) string { return b.env[name] }

func (b *bench) options(changes ...func(*survey.Options)) survey.Options {
	opts := survey.Options{
		Client: b.client, Env: b.lookUp, Version: "test", Today: civil.Date{Year: 2027, Month: time.March, Day: 1},
		Tell: func(_ string, problems problem.List) error {
			b.told = problems
			return nil
		},
	}
	for _, change := range changes {
		change(&opts)
	}
	return opts
}

// targeting limits a survey to owners, such as site:shop.
func targeting(addresses ...string) func(*survey.Options) {
	return func(opts *survey.Options) {
		for _, address := range addresses {
			text, name, _ := strings.Cut(address, "/")
			owner, _ := secret.ParseOwner(text)
			opts.Targets = append(opts.Targets, plan.Target{Owner: owner, Secret: secret.Name(name)})
		}
	}
}

// take surveys a manifest.
func (b *bench) take(manifest *schema.Manifest, changes ...func(*survey.Options)) *survey.Survey {
	b.Helper()
	s, err := survey.Take(b.Context(), manifest, b.options(changes...))
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// apply carries a plan out.
func (b *bench) apply(s *survey.Survey) {
	b.Helper()
	input := apply.Input{
		Plan: s.Plan, Desired: s.Desired, Ledgers: s.Ledgers, Keys: s.Keys, Run: "test", Record: s.Record, Origin: s.Origin(b.Context()),
	}
	result, err := apply.Run(b.Context(), b.client, input, apply.Options{
		Now: b.client.Now, Uncoverer: b.client, Ambiguous: pantheon.Ambiguous,
		Fatal:    func(error) bool { return false },
		NotFound: func(err error) bool { return errors.Is(err, pantheon.ErrNotFound) },
	})
	if err != nil || !result.Complete() {
		b.Fatalf("%v, %+v", err, result)
	}
}

// asked counts the requests of a kind about an owner, "" for all, since the log had
// so many entries.
func (b *bench) asked(operation emulator.Operation, owner string, since int) int {
	n := 0
	_, name, _ := strings.Cut(owner, ":")
	for _, request := range b.server.Log()[since:] {
		about := owner == "" || request.Owner == owner || strings.HasSuffix(request.Path, "/"+name)
		if request.Operation == operation && about {
			n++
		}
	}
	return n
}

// onlyRead fails the test where anything but reading was asked for.
func (b *bench) onlyRead(since int) {
	b.Helper()
	for _, request := range b.server.Log()[since:] {
		if request.Method != http.MethodGet && request.Operation != emulator.SignIn {
			b.Errorf("it sent %s %s", request.Method, request.Path)
		}
	}
}

// wrong are the errors of a plan, each as OWNER CODE.
func wrong(p plan.Plan) string {
	var all []string
	for _, one := range p.Errors {
		all = append(all, one.Owner.String()+" "+string(one.Code))
	}
	return strings.Join(all, ", ")
}

// codes are those of the refusals of a plan.
func codes(p plan.Plan) string {
	var all []string
	for _, one := range p.Refusals {
		all = append(all, string(one.Code))
	}
	return strings.Join(all, " ")
}

// actions are what a plan does, as ACTION OWNER/SECRET.
func actions(p plan.Plan) string {
	var all []string
	for _, one := range p.Changes {
		all = append(all, string(one.Action)+" "+one.Owner.String()+"/"+string(one.Secret))
	}
	return strings.Join(all, ", ")
}

// says fails the test unless err has the class, a text and a next step, and no
// value.
func says(t *testing.T, err error, class hint.Class, text, next string) {
	t.Helper()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	steps := strings.Join(hint.Next(err), "\n")
	if hint.ClassOf(err) != class || !strings.Contains(err.Error(), text) || !strings.Contains(steps, next) {
		t.Errorf("class %d, error %v\nnext %s\nwant class %d with %q, and a step with %q", hint.ClassOf(err), err, steps, class, text, next)
	}
	if strings.Contains(err.Error()+steps, "c4nary") {
		t.Errorf("a value is in the error: %v", err)
	}
}

// plaintext writes a manifest as it is.
func plaintext(t *testing.T, text string) string {
	t.Helper()
	file := t.TempDir() + "/secrets.yaml"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
