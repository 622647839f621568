package edit

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/secret"
)

// drawn is a manifest in clear as a person may have written it, in any mix of
// styles: values are v0, v1 and so on, each once.
type drawn struct {
	*rand.Rand
	text   strings.Builder
	values int
}

func draw(random *rand.Rand) string {
	d := &drawn{Rand: random}
	unit := 2 + 2*d.IntN(2)
	d.line(0, "# head")
	d.line(0, "version: 1")
	d.line(0, "project: storefront")
	d.line(0, "defaults: {type: runtime, scopes: [web]} # for all")
	d.line(0, "sites:")
	for owner := range 1 + d.IntN(2) {
		if d.IntN(4) == 0 {
			d.line(unit, fmt.Sprintf("s%d: {secrets: {}}", owner))
			continue
		}
		d.line(unit, fmt.Sprintf("s%d:", owner))
		d.line(2*unit, "secrets:")
		for secret := range 1 + d.IntN(4) {
			d.secret(unit, fmt.Sprintf("K%d", secret))
		}
	}
	return d.text.String()
}

func (d *drawn) value() string {
	d.values++
	return fmt.Sprintf(`"v%d"`, d.values-1)
}

func (d *drawn) secret(unit int, name string) {
	deep := 3 * unit
	switch d.IntN(5) {
	case 0:
		d.line(deep, name+": {external: true} # elsewhere")
	case 1:
		d.line(deep, fmt.Sprintf("%s: {value: %s, scopes: [ic, web]}", name, d.value()))
	case 2:
		d.line(deep, fmt.Sprintf("%s: {value: %s, overrides: {live: %s, dev: %s}}", name, d.value(), d.value(), d.value()))
	default:
		d.line(deep, name+":")
		if d.IntN(2) == 0 {
			d.line(deep+unit, "description: |")
			d.line(deep+2*unit, "# two lines")
			d.line(deep+2*unit, "of words")
		}
		d.line(deep+unit, "value: "+d.value()+" # beside")
		if d.IntN(2) == 0 {
			d.line(deep+unit, "overrides:")
			d.line(deep+2*unit, "live: "+d.value())
		}
	}
}

// line writes a line, now and then with a comment or a blank one above.
func (d *drawn) line(indent int, text string) {
	spaces := strings.Repeat(" ", indent)
	inText := strings.HasSuffix(d.text.String(), "|\n") || strings.HasPrefix(text, "of ") || strings.HasPrefix(text, "# ")
	if !inText && d.IntN(5) == 0 {
		d.text.WriteString([]string{"\n", spaces + "# about it\n", "  \n" + spaces + "# about it\n\n"}[d.IntN(3)])
	}
	d.text.WriteString(spaces + text + "\n")
}

var (
	drawnValue   = regexp.MustCompile(`v[0-9]+`)
	envelopeText = regexp.MustCompile(`ENC\[[^\]]*,type:str\]`)
)

// sealDrawn encrypts a drawn manifest and leaves its text as it is.
func sealDrawn(t *testing.T, plain string, how sealtest.Seal) []byte {
	t.Helper()
	written := sealtest.Encrypt(t, []byte(plain), how)
	envelopes := envelopeText.FindAllString(string(written[:bytes.Index(written, []byte("\nsops:"))]), -1)
	next := 0
	text := drawnValue.ReplaceAllStringFunc(plain, func(string) string { next++; return envelopes[next-1] })
	return append([]byte(text), written[bytes.Index(written, []byte("\nsops:"))+1:]...)
}

// shown is what a Draft says of its secrets, values in clear.
func shown(d *Draft) map[string]string {
	all := map[string]string{}
	for _, o := range d.Owners() {
		for _, name := range d.Names(o) {
			e, _ := d.Entry(o, secret.Name(name))
			text := fmt.Sprintf("%s %s %t %q", e.Type, e.Scopes, e.External, e.Value.Reveal())
			for _, override := range e.Overrides {
				text += fmt.Sprintf(" %s=%q", override.Env, override.Value.Reveal())
			}
			all[o.Name+"/"+name] = text
		}
	}
	return all
}

// apply makes one random change, of the draft and of the model. A change that
// the draft refuses is none.
func apply(t *testing.T, random *rand.Rand, d *Draft, model map[string]secret.DesiredSecret) string {
	owner := secret.Owner{Kind: secret.Site, Name: fmt.Sprintf("s%d", random.IntN(3))}
	name := secret.Name(fmt.Sprintf("K%d", random.IntN(5)))
	env := secret.Env([]string{"dev", "live"}[random.IntN(2)])
	value := secret.NewValue(fmt.Sprintf("n%d", random.IntN(4)))
	path := owner.Name + "/" + string(name)
	old, there := model[path]
	var did string
	var err error
	switch random.IntN(6) {
	case 0:
		did, err = "value "+path, d.SetValue(owner, name, "", value)
		old.Value, old.External = value, false
	case 1:
		did, err = "override "+path, d.SetValue(owner, name, env, value)
		old.Overrides = append(withoutEnv(old.Overrides, env), secret.DesiredOverride{Env: env, Value: value})
	case 2:
		did, err = "remove override "+path, d.RemoveOverride(owner, name, env)
		old.Overrides = withoutEnv(old.Overrides, env)
	case 3:
		did, err = "remove "+path, d.Remove(owner, name)
		if err == nil {
			delete(model, path)
			return did
		}
	case 4:
		old = secret.DesiredSecret{Name: name, Type: "env", Scopes: secret.Scopes{"ic"}, Value: value}
		did, err = "rewrite "+path, d.Rewrite(owner, old)
	default:
		old = secret.DesiredSecret{Name: name, Type: "runtime", Scopes: secret.Scopes{"web"}, Value: value,
			Overrides: []secret.DesiredOverride{{Env: "test", Value: value}}}
		did, err = "insert "+path, d.Insert(owner, old)
		there = true
	}
	if err == nil && there {
		slices.SortFunc(old.Overrides, func(a, b secret.DesiredOverride) int { return cmp.Compare(a.Env, b.Env) })
		model[path] = old
	}
	return fmt.Sprintf("%s: %v", did, err)
}

func withoutEnv(overrides []secret.DesiredOverride, env secret.Env) []secret.DesiredOverride {
	return slices.DeleteFunc(slices.Clone(overrides), func(o secret.DesiredOverride) bool { return o.Env == env })
}

// TestDraftEqualsTheModel: whatever the style, and whatever the edits, the
// result says what a flat model says; SOPS reads it; comments and ciphertext of
// what was not touched stay.
func TestDraftEqualsTheModel(t *testing.T) {
	sealtest.SlowUnderRace(t)
	me := sealtest.NewIdentity(t)
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 2))
		plain := draw(random)
		before := sealDrawn(t, plain, sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public), MACOnly: seed%2 == 0})
		if seed%3 == 0 {
			before = bytes.ReplaceAll(before, []byte("\n"), []byte("\r\n"))
		}
		d := mustEdit(t, before)
		model := map[string]secret.DesiredSecret{}
		for _, o := range d.Owners() {
			for _, name := range d.Names(o) {
				model[o.Name+"/"+name], _ = d.Entry(o, secret.Name(name))
			}
		}
		untouched := maps.Clone(model)
		var log []string
		for range 1 + random.IntN(6) {
			log = append(log, apply(t, random, d, model))
		}
		after, problems, err := d.Text()
		context := fmt.Sprintf("seed %d\n%s\n%s\n%s", seed, strings.Join(log, "\n"), before, after)
		if err != nil || after == nil {
			t.Fatalf("%v\n%s\n%s", err, sealtest.Lines(problems), context)
		}
		if _, err := sealtest.Oracle(after); err != nil {
			t.Fatalf("SOPS: %v\n%s", err, context)
		}
		if got, want := bytes.Count(after, []byte("\r\n")) > 0, seed%3 == 0; got != want {
			t.Fatalf("line ends changed\n%s", context)
		}
		want := map[string]string{}
		for path, s := range model {
			text := fmt.Sprintf("%s %s %t %q", s.Type, s.Scopes, s.External, s.Value.Reveal())
			for _, o := range s.Overrides {
				text += fmt.Sprintf(" %s=%q", o.Env, o.Value.Reveal())
			}
			want[path] = text
		}
		if diff := gocmp.Diff(want, shown(mustEdit(t, after))); diff != "" {
			t.Fatalf("(-want +got)\n%s\n%s", diff, context)
		}
		keepsUntouched(t, untouched, model, before, after, context)
	}
}

// keepsUntouched checks that the ciphertext of equal values is the same.
func keepsUntouched(t *testing.T, old, new map[string]secret.DesiredSecret, before, after []byte, context string) {
	t.Helper()
	kept := 0
	for path, s := range old {
		if s.Value.Known() && new[path].Value.Equal(s.Value) && new[path].Type == s.Type {
			kept++
		}
	}
	same := 0
	for _, envelope := range anyEnvelope.FindAllString(string(before), -1) {
		if bytes.Contains(after, []byte(envelope)) {
			same++
		}
	}
	if same < kept {
		t.Fatalf("%d values are as before, but only %d envelopes\n%s", kept, same, context)
	}
}
