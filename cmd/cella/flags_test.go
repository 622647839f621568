package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestAFlagIsGivenOnce: of every command, every flag that is no list is refused
// where it is given twice, long, short, or with the same value, before anything
// is done.
func TestAFlagIsGivenOnce(t *testing.T) {
	b := newBench(t, canaryState())
	for _, c := range commands() {
		flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		c.bind(flags)
		flags.VisitAll(func(f *pflag.Flag) {
			_, isList := f.Value.(pflag.SliceValue)
			if isList {
				return
			}
			value := map[string]string{"bool": "true", "float64": "1", "int": "1"}[f.Value.Type()]
			if value == "" {
				value = "c4narykey"
			}
			t.Run(c.name+" --"+f.Name, func(t *testing.T) {
				first, second := "--"+f.Name+"="+value, "--"+f.Name+"="+value
				if f.Shorthand != "" {
					second = "-" + f.Shorthand + "=" + value
				}
				got := b.offline(append(strings.Fields(c.name), first, second)...)
				want := "cella: error: --" + f.Name + " is given twice\ncella: hint: give it once: it is not clear which of the two is meant\n"
				if got.code == exitOK || got.stdout != "" || c.mistaken == nil && got.stderr != want {
					t.Errorf("exit code %d, stdout %q, stderr:\n%s", got.code, got.stdout, got.stderr)
				}
				if strings.Contains(got.stderr, value) && value == "c4narykey" {
					t.Errorf("stderr repeats the value:\n%s", got.stderr)
				}
			})
		})
	}
}

// TestListsMayBeGivenAgain names them: what is a list is meant to be one.
func TestListsMayBeGivenAgain(t *testing.T) {
	lists := map[string]string{
		"plan": "file format target", "apply": "file format target", "validate": "file format",
		"init": "age", "import file": "scope skip", "set": "scope", "explain": "file", "local": "file scope skip type",
	}
	for _, c := range commands() {
		flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		c.bind(flags)
		var found []string
		flags.VisitAll(func(f *pflag.Flag) {
			if _, isList := f.Value.(pflag.SliceValue); isList {
				found = append(found, f.Name)
			}
		})
		if got := strings.Join(found, " "); got != lists[c.name] {
			t.Errorf("%s takes the lists %q, want %q", c.name, got, lists[c.name])
		}
	}
}
