package envfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cella-secrets/cella/internal/testkit"
)

// outcome is what a reader makes of a file: nothing at all, or values by name.
type outcome struct {
	Refused bool
	Values  [][2]string
}

func (o outcome) byName() map[string]string {
	values := map[string]string{}
	for _, pair := range o.Values {
		values[pair[0]] = pair[1]
	}
	return values
}

func (o outcome) equal(other outcome) bool {
	return o.Refused == other.Refused && fmt.Sprint(o.byName()) == fmt.Sprint(other.byName())
}

// readers runs the real ones over texts.
func readers(t *testing.T, texts []string) map[Reader][]outcome {
	t.Helper()
	testkit.Need(t, "php", "node")
	if testkit.Command(t, "php", "-r", "exit(stream_resolve_include_path('Dotenv/autoload.php') ? 0 : 1);").Run() != nil {
		testkit.Lack(t, "the PHP library phpdotenv", "apt-get install php-vlucas-phpdotenv")
	}
	if testkit.Command(t, "node", "-e", "require.resolve('dotenv')").Run() != nil {
		testkit.Lack(t, "the Node module dotenv", "npm install --prefix FOLDER dotenv; export NODE_PATH=FOLDER/node_modules")
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	var told struct{ PHPDotenv, Dotenv, Node []outcome }
	for _, command := range [][]string{{"php", "-d", "memory_limit=-1", "testdata/read.php"}, {"node", "testdata/read.js"}} {
		run := testkit.Command(t, command[0], command[1:]...)
		run.Stdin = bytes.NewReader(in)
		out, err := run.Output()
		if err != nil {
			t.Fatalf("%v: %v", command, err)
		}
		if err := json.Unmarshal(out, &told); err != nil {
			t.Fatal(err)
		}
	}
	return map[Reader][]outcome{PHPDotenv: told.PHPDotenv, Dotenv: told.Dotenv, Node: told.Node}
}

// modelled is what the model of a reader makes of a text. expands reports that the
// reader may make something else of it, as what other variables are.
func modelled(r Reader, text string) (o outcome, expands bool) {
	values := map[string]string{}
	for _, s := range r.read(text) {
		switch {
		case s.refused == lostLines: // it loses them without a word
		case s.refused != taken:
			return outcome{Refused: true}, expands
		case s.unset:
			delete(values, s.name)
		default:
			values[s.name] = s.value
			expands = expands || s.expands
		}
	}
	for name, value := range values {
		o.Values = append(o.Values, [2]string{name, value})
	}
	return o, expands
}

// generatedTexts are files of one to four lines, made of the pieces that matter.
func generatedTexts(n int, seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, 12))
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	names := []string{"A", "B", "NAME", "A_B", "a.b", "a-b", "é", "A B", "1A", "'A'", ""}
	before := []string{"", "", "", "", "", "", "export ", "export  ", "export\t", " ", "\t", "  ", "#", "# "}
	equals := []string{"=", "=", "=", "=", "=", "=", " = ", "= ", " =", ": ", ":", "", "==", "=\t"}
	quotes := []string{"", "", "", "'", "'", `"`, `"`, `"`, "`"}
	pieces := []string{
		"a", "b", "abc", "x y", " ", "  ", "\t", "#", " #", "# ", "=", `="`, "='", "$", "$A", "${A}", "${", `\$`, `\`, `\\`, `\n`, `\r`, `\t`, `\"`, `\'`, `\x`,
		"'", `"`, "`", "\n", "\n", "é", "\u00a0", "1", "A=1", "\nB=2", "\n#", "-", ":", "{", "}", "()", "\v", "\f", "\u2003",
	}
	after := []string{"", "", "", "", " ", " # c", "#c", " x", "\t", " 'y'", "  "}
	between := []string{"\n", "\n", "\n", "\n\n", "\n \n", "\n# c\n", "\n  # c\n", "\n#c '\n", "\n# c=\"\n", "\nlone\n", "\n\t\n"}
	texts := make([]string, n)
	for i := range texts {
		var b strings.Builder
		for line := range 1 + random.IntN(3) {
			if line > 0 {
				b.WriteString(pick(between))
			}
			quote := pick(quotes)
			b.WriteString(pick(before) + pick(names) + pick(equals) + quote)
			for range random.IntN(4) {
				b.WriteString(pick(pieces))
			}
			if random.IntN(12) > 0 {
				b.WriteString(quote)
			}
			b.WriteString(pick(after))
		}
		if random.IntN(2) == 0 {
			b.WriteString("\n")
		}
		texts[i] = b.String()
	}
	return texts
}

// TestModels: each model reads what its reader reads, and refuses what that refuses.
func TestModels(t *testing.T) {
	texts := append(generatedTexts(10_000, 1), tableTexts()...)
	for reader, outcomes := range readers(t, texts) {
		t.Run(reader.String(), func(t *testing.T) {
			wrong := 0
			for i, text := range texts {
				if strings.ContainsAny(text, "\r\u2028\ufeff") {
					continue // such lines are refused before any model reads them
				}
				got, expands := modelled(reader, text)
				if want := outcomes[i]; !expands && !got.equal(want) {
					if wrong++; wrong < 12 {
						t.Errorf("%q is read as %v, the model says %v", text, want, got)
					}
				}
			}
			if wrong > 0 {
				t.Errorf("%d of %d texts", wrong, len(texts))
			}
		})
	}
}

// onPurpose is why a text may be refused though the readers agree on it.
var onPurpose = []string{
	noEquals, pieceLooks, // they skip a line, or take a name from it, that is a piece of a value
	"${NAME}",         // they agree as long as nobody sets the other variable
	"in this comment", // they agree as the lines that are lost hold nothing
	"before the equals sign",
}

// TestImportsWhatReadersRead: where a text is read, each of the readers that count reads
// the same. Few texts are refused on which they agree, and but for some dozen, where a
// later line makes up for one that they read differently, on purpose.
func TestImportsWhatReadersRead(t *testing.T) {
	const most = 40
	texts := append(generatedTexts(20_000, 2), tableTexts()...)
	real := readers(t, texts)
	for name, counting := range map[string][]Reader{"a PHP site": AllReaders(), "a Next.js site": ReadersOf("nodejs")} {
		t.Run(name, func(t *testing.T) {
			read, purpose := 0, 0
			var refused []string
			for i, text := range texts {
				variables, err := Parse([]byte(text), Options{Readers: counting})
				alike := !slices.ContainsFunc(counting, func(r Reader) bool { return real[r][i].Refused || !real[r][i].equal(real[counting[0]][i]) })
				switch {
				case err == nil:
					read++
					wantRead(t, text, variables, counting, real, i)
				case alike && slices.ContainsFunc(onPurpose, func(why string) bool { return strings.Contains(err.Error(), why) }):
					purpose++
				case alike:
					refused = append(refused, fmt.Sprintf("%q: %v", text, err))
				}
			}
			t.Logf("of %d texts %d are read; of those on which the readers agree, %d are refused on purpose, and %d more",
				len(texts), read, purpose, len(refused))
			if len(refused) > most || read < len(texts)/20 {
				t.Errorf("read %d; refused:\n%s", read, strings.Join(refused, "\n"))
			}
		})
	}
}

// wantRead fails the test unless each of the readers that count has these variables of
// the text of that number.
func wantRead(t *testing.T, text string, variables []Variable, counting []Reader, real map[Reader][]outcome, i int) {
	t.Helper()
	var got outcome
	for _, v := range variables {
		got.Values = append(got.Values, [2]string{v.Name, v.Value.Reveal()})
	}
	for _, reader := range counting {
		if want := real[reader][i]; !want.equal(got) {
			t.Errorf("%q is read as %v, and %s reads %v", text, got, reader, want)
		}
	}
}

// TestNodeItself: the process that node starts with --env-file has what was read.
func TestNodeItself(t *testing.T) {
	testkit.Need(t, "node")
	for name, test := range reads {
		variables, err := Parse([]byte(test.text), Options{})
		if err != nil || len(variables) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), ".env")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			node := testkit.Command(t, "node", "--env-file="+file, "-e", "process.stdout.write(JSON.stringify(process.env))")
			node.Env = []string{"PATH=" + os.Getenv("PATH")}
			out, err := node.Output()
			var got map[string]string
			if err == nil {
				err = json.Unmarshal(out, &got)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range variables {
				if value, is := got[v.Name]; !is || value != v.Value.Reveal() {
					t.Errorf("%s is %q, and node has %q", v.Name, v.Value.Reveal(), value)
				}
			}
		})
	}
}

// tableTexts are those of the tables that PHP can be given.
func tableTexts() []string {
	var texts []string
	for _, test := range reads {
		texts = append(texts, test.text)
	}
	for _, test := range refusals {
		if utf8.ValidString(test.text) && len(test.text) < 1<<20 {
			texts = append(texts, test.text)
		}
	}
	slices.Sort(texts)
	return texts
}
