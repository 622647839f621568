package main

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms are the packages in the order of the house: each uses only those that
// stand before it. A new package needs a line here, and a look at where it
// belongs.
var rooms = []string{
	"internal/cilog", "internal/cilog/obeyed", "internal/words", "internal/hint", "internal/crash", "internal/files", "internal/git", "internal/terminal",
	"internal/source", "internal/checkout", "internal/testkit",
	"secret", "secret/slip", "secret/reader", "secret/address", "secret/envfile", "secret/local", "internal/completion",
	"ledger/chunk", "ledger", "ledger/project",
	"pantheon", "pantheon/emulator", "pantheon/emulator/emulatortest",
	"plan", "plan/record", "plan/entry", "plan/decision", "plan/sentence", "plan/view", "plan/adopt", "plan/effective", "apply",
	"schema/problem", "schema/internal/yamltext", "schema/internal/sealtest", "schema/recipients", "schema/sopsfile/keyring", "schema/sopsfile",
	"schema/sopsconfig", "schema", "schema/internal/schematest",
	"schema/diff", "schema/merge", "schema/edit", "schema/edit/edittest", "schema/rekey",
	"internal/forge", "internal/forge/forgetest",
	"internal/checkup", "internal/outputs", "internal/planfile", "internal/survey", "internal/importing", "internal/localfile",
	"internal/scaffold",
	"cmd/cella",
}

// forTests may be imported by tests alone.
var forTests = []string{
	"internal/cilog/obeyed", "internal/testkit", "internal/forge/forgetest",
	"pantheon/emulator/emulatortest", "schema/internal/sealtest", "schema/internal/schematest",
	"schema/edit/edittest",
}

// TestRoomsStandInOrder: no room uses one that stands after it, and none that is
// for tests.
func TestRoomsStandInOrder(t *testing.T) {
	const module = "github.com/cella-secrets/cella/"
	seen := map[string]bool{}
	eachSourceFile(t, func(file string, parsed *ast.File) {
		room := path.Dir(file)
		at := slices.Index(rooms, room)
		if at < 0 {
			t.Errorf("%s stands in no room", file)
		}
		seen[room] = true
		for _, imported := range parsed.Imports {
			name, err := strconv.Unquote(imported.Path.Value)
			used, ours := strings.CutPrefix(name, module)
			switch {
			case err != nil || !ours:
			case slices.Index(rooms, used) >= at:
				t.Errorf("%s uses %s, which stands after it", file, used)
			case slices.Contains(forTests, used) && !slices.Contains(forTests, room):
				t.Errorf("%s uses %s, which is for tests", file, used)
			}
		}
	})
	for _, room := range rooms {
		if !seen[room] {
			t.Errorf("there is no room %s", room)
		}
	}
}
