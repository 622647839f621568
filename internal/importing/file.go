package importing

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
	"github.com/cella-secrets/cella/secret/envfile"
	"github.com/cella-secrets/cella/secret/reader"
)

// Variables are those of a file on their way into one owner of the manifest.
type Variables struct {
	File string // where they come from: a name, or - for stdin
	List []envfile.Variable
	// Tracked: git tracks the file. Encrypted: SOPS encrypted it, so it may.
	Tracked, Encrypted bool
	// Skip are patterns of names that are left out; * is any text.
	Skip []string
	// Owner and Env are where they go; Env is empty for default values.
	Owner secret.Owner
	Env   secret.Env
	// Type and Scopes are of those that are new: where they are empty, the
	// manifest's defaults hold.
	Type   secret.Type
	Scopes secret.Scopes
	// Framework is what runs the site, which decides over the defaults. Where it is
	// empty, Unknown says why nobody knows, if there is more to say than that.
	Framework reader.Framework
	Unknown   string
	// Replace gives entries that differ the new values, and the Type and Scopes that
	// are given.
	Replace bool
}

// FromFile brings the variables in. All that is wrong with names, values and what is
// asked for is told at once, and then nothing is taken. The draft is changed, not
// written.
func FromFile(v Variables, draft *edit.File) (*Report, error) {
	f := &fileImport{Variables: v, draft: draft, report: &Report{fromFile: true, piped: v.File == "-", encrypted: v.Encrypted}, entries: entriesOf(draft, v.Owner)}
	f.leaveOut()
	if err := f.prepare(); err != nil {
		return nil, err
	}
	f.warn()
	for _, variable := range f.List {
		f.check(variable)
	}
	if len(f.errs) > 0 {
		err := errors.Join(f.errs...)
		next := []string{"fix these lines, or remove them, and import again; nothing was written"}
		if errors.Is(err, secret.ErrSOPSOutput) || errors.Is(err, secret.ErrSOPSFile) {
			next = append(next, "in the place of ENC[...] write what was encrypted, as `sops decrypt` gives it; "+
				"a file that SOPS encrypted can be imported as it is, with all the lines that SOPS added")
		}
		return nil, hint.New(err, next...)
	}
	taken := slices.ContainsFunc(f.List, func(variable envfile.Variable) bool { return variable.Value.Len() > 0 })
	if f.Env == "" && taken {
		if err := draft.AddOwner(f.Owner); err != nil {
			return nil, err
		}
	}
	for _, variable := range f.List {
		if err := f.take(variable); err != nil {
			return nil, err
		}
	}
	f.tellAttributes()
	f.tellUnread()
	return f.report, f.report.finish(draft)
}

// fileImport is one call of FromFile.
type fileImport struct {
	Variables
	draft  *edit.File
	report *Report
	kind   secret.Type
	scopes secret.Scopes
	// fitted: they are not the defaults; unsaid counts the new secrets that have them
	// though nobody said so.
	fitted  bool
	unsaid  int
	entries entries
	// dotenvx: the file has the public key of dotenvx, which encrypts values.
	dotenvx bool
	errs    []error
}

// leaveOut takes away what is no secret of a site, and what is to be skipped, and names
// it.
func (f *fileImport) leaveOut() {
	f.dotenvx = slices.ContainsFunc(f.List, func(v envfile.Variable) bool { return strings.HasPrefix(v.Name, "DOTENV_PUBLIC_KEY") })
	var rest []envfile.Variable
	for _, v := range f.List {
		why := leftOutFor(v.Name, f.Skip)
		if why == "" {
			why = v.Without
		}
		if why != "" {
			f.report.add(f.Owner, secret.Name(v.Name), leftOut, why)
			continue
		}
		rest = append(rest, v)
	}
	for _, pattern := range f.Skip {
		if !slices.ContainsFunc(f.List, func(v envfile.Variable) bool { return fits(pattern, v.Name) }) {
			f.warning("--skip %s names nothing in %s", words.Quote(pattern), f.shownFile())
		}
	}
	f.List = rest
}

func (f *fileImport) shownFile() string {
	if f.File == "-" {
		return "stdin"
	}
	return words.Quote(f.File)
}

// warn tells what a person should look at, by name: values that others may have,
// lines that do not count, and an owner whose name may be a typing error.
func (f *fileImport) warn() {
	file := f.shownFile()
	if f.Tracked && !f.Encrypted && f.File != "-" {
		f.warning("git tracks %s, so whoever has the repository may have its values: replace them at their source, and remove the file from git: git rm --cached %s",
			file, words.Argument(f.File))
	}
	for _, v := range f.List {
		if len(v.Repeated) > 0 {
			f.warning("%s: %s is in lines %s; the last one counts", file, words.Quote(v.Name), listed(v.Repeated))
		}
	}
	owners := address.Owners(f.draft.Owners())
	if len(owners.Named(f.Owner.Address())) > 0 {
		return
	}
	f.report.newOwner = edit.NewOwnerNote(f.Owner, f.draft.Name)
	if near, ok := owners.Near(f.Owner); ok {
		f.warning("%s is new in the manifest, which also has %s: check the name", f.Owner, near)
	}
}

func (f *fileImport) warning(format string, args ...any) {
	f.report.Warnings = append(f.report.Warnings, fmt.Sprintf(format, args...))
}

// maxLines bounds how many numbers a sentence has.
const maxLines = 8

// listed is such as "1, 4 and 7".
func listed(numbers []int) string {
	var texts []string
	for i, n := range numbers {
		if i == maxLines {
			texts = append(texts, fmt.Sprintf("%d more", len(numbers)-i))
			break
		}
		texts = append(texts, strconv.Itoa(n))
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " and " + texts[last]
}

// prepare checks where the variables go, and what new secrets get.
func (f *fileImport) prepare() error {
	if err := f.draft.CheckOwner(f.Owner); err != nil {
		return err
	}
	if f.Env != "" {
		return nil
	}
	f.fit()
	if f.Type != "" {
		f.kind = f.Type
	}
	if len(f.Scopes) > 0 {
		f.scopes = f.Scopes
	}
	missing := func(lacks func(secret.Type, secret.Scopes) bool) bool {
		return len(f.List) == 0 && lacks(f.kind, f.scopes) || slices.ContainsFunc(f.List, func(v envfile.Variable) bool { return lacks(f.attributes(v)) })
	}
	switch {
	case missing(func(kind secret.Type, _ secret.Scopes) bool { return kind == "" }):
		return hint.New(errors.New("the type of the new secrets is missing"),
			"add --type runtime (PHP reads it), env (environment variables) or composer; or set type under defaults in the manifest")
	case missing(func(_ secret.Type, scopes secret.Scopes) bool { return len(scopes) == 0 }):
		return hint.New(errors.New("the scopes of the new secrets are missing"),
			"add --scope web (the application), ic (Integrated Composer) or user (people); or set scopes under defaults in the manifest")
	}
	return nil
}

// attributes are those of a variable that becomes a new secret: what was asked for, or
// what the file says of it, or the manifest's defaults.
func (f *fileImport) attributes(v envfile.Variable) (secret.Type, secret.Scopes) {
	kind, scopes := f.kind, f.scopes
	if f.Type == "" && v.Type != "" {
		kind = v.Type
	}
	if len(f.Scopes) == 0 && len(v.Scopes) > 0 {
		scopes = v.Scopes
	}
	return kind, scopes
}

// check notes what keeps a variable from becoming a secret.
func (f *fileImport) check(v envfile.Variable) {
	wrong := func(format string, args ...any) {
		f.errs = append(f.errs, fmt.Errorf("%s: "+format, append([]any{words.Quote(v.Name)}, args...)...))
	}
	name := secret.Name(v.Name)
	entry, exists := f.draft.Entry(f.Owner, name)
	kind, scopes := f.attributes(v)
	if exists {
		kind = f.retyped(entry).Type
	} else if f.Env == "" {
		f.checkAttributes(kind, scopes, wrong)
	}
	if err := name.Validate(kind); err != nil {
		wrong("%w", err)
	} else if !f.draft.Holds(v.Name) {
		wrong("a manifest cannot hold a secret of this name: SOPS uses it itself")
	}
	if v.Value.Len() == 0 {
		return // left out
	}
	if err := v.Value.Validate(); err != nil {
		wrong("%w", err)
	}
	if v.Dotenvx && f.dotenvx {
		wrong("dotenvx encrypted its value: have dotenvx decrypt the file, and import that")
	}
	switch {
	case f.Env == "":
	case !exists:
		wrong("%s has no such secret in the manifest, and an override needs a default value first: import the file of the default values with --to %s",
			f.Owner, words.Argument(f.Owner.Address()))
	case !entry.Value.Known() && entry.Retire == "":
		wrong("it has no value in the manifest that could be overridden: set it with cella set %s %s%s",
			words.Argument(f.Owner.Address()), words.Argument(v.Name), problem.FileFlag(f.draft.Name))
	}
}

// checkAttributes refuses what a file says of a secret that cannot be made.
func (f *fileImport) checkAttributes(kind secret.Type, scopes secret.Scopes, wrong func(string, ...any)) {
	if !kind.Creatable() {
		wrong("secrets of type %s cannot be created: give the type with --type, or leave it out with --skip", words.Quote(string(kind)))
	}
	for _, scope := range scopes {
		if !scope.Creatable() {
			wrong("secrets of scope %s cannot be created: give the scopes with --scope, or leave it out with --skip", words.Quote(string(scope)))
		}
	}
}

// take brings one variable in.
func (f *fileImport) take(v envfile.Variable) error {
	name := secret.Name(v.Name)
	kind, scopes := f.attributes(v)
	notes := f.notes(v, kind)
	entry, exists := f.draft.Entry(f.Owner, name)
	switch {
	case v.Value.Len() == 0:
		why := "it is empty, and Pantheon stores no empty value"
		if v.Cut {
			why = "it is empty, as # begins a comment: if it belongs to the value, put that in quotes"
		}
		f.report.add(f.Owner, name, leftOut, why)
		return nil
	case !exists:
		s := secret.DesiredSecret{Name: name, Type: kind, Scopes: scopes, Value: v.Value}
		f.report.add(f.Owner, name, importedValue, notes...)
		f.entries.put(s)
		if f.Type == "" && v.Type == "" {
			f.unsaid++
		}
		return f.draft.Insert(f.Owner, trimmed(f.draft.Draft, s))
	}
	why, found := f.differs(entry, v.Value)
	switch {
	case found && why == "":
		f.report.present++
		return nil
	case found && (!f.Replace || f.fixed(entry)):
		if f.report.add(f.Owner, name, keptEntry, why); !f.fixed(entry) {
			f.report.replaceable++
		}
		return nil
	case found:
		retyped, err := f.retype(entry)
		if err != nil {
			return err
		}
		f.report.add(f.Owner, name, replacedEntry, append(retyped, notes...)...)
	default:
		f.report.add(f.Owner, name, importedValue, notes...)
	}
	return f.draft.SetValue(f.Owner, name, f.Env, v.Value)
}

// notes are what a person should know of a value that is taken.
func (f *fileImport) notes(v envfile.Variable, kind secret.Type) []string {
	var notes []string
	if v.Dollar {
		notes = append(notes, "holds a $NAME, which stays as it is written")
	}
	if v.Escaped {
		notes = append(notes, `holds \$, which stays as it is written (Next.js alone takes the backslash away)`)
	}
	if v.Cut {
		notes = append(notes, "ends before a #, which begins a comment: if it belongs to the value, put that in quotes")
	}
	if serverName(v.Name, kind) {
		notes = append(notes, "Pantheon sets this itself for WordPress and Drupal: keep it only if it is of another server")
	}
	if len(v.Overrides) > 0 {
		notes = append(notes, fmt.Sprintf("its values for %s are not imported: cella set sets overrides", words.Join(v.Overrides, ", ")))
	}
	return notes
}

// differs says how an entry differs from a value that is to be set. found is
// false where the entry has nothing in its place.
func (f *fileImport) differs(entry secret.DesiredSecret, value secret.Value) (why string, found bool) {
	switch {
	case entry.Retire != "":
		return "the manifest retires it", true
	case f.Env != "":
		override, found := entry.Override(f.Env)
		if !found || override.Value.Equal(value) {
			return "", found
		}
		return fmt.Sprintf("its override for %s is another one", f.Env), true
	case entry.External:
		return "the manifest has it as external", true
	case !entry.Value.Known():
		return "the manifest takes its value from elsewhere", true
	case f.Type != "" && entry.Type != f.kind:
		return fmt.Sprintf("it has type %s", entry.Type), true
	case len(f.Scopes) > 0 && !entry.Scopes.Equal(f.scopes):
		return fmt.Sprintf("it has scopes %s", entry.Scopes), true
	case !entry.Value.Equal(value):
		return "its value is another one", true
	}
	return "", true
}

// fixed reports whether an entry must be changed by hand, if at all.
func (f *fileImport) fixed(entry secret.DesiredSecret) bool {
	other := f.Type != "" && entry.Type != f.kind || len(f.Scopes) > 0 && !entry.Scopes.Equal(f.scopes)
	return entry.Retire != "" || f.Env == "" && (!entry.External && !entry.Value.Known() || entry.External && other)
}
