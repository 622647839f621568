package main

import (
	"path/filepath"
	"testing"
)

// fedManifest takes a value from the environment and has no fingerprint_key,
// so that no saved plan of it could be told from one of another value.
const fedManifest = `version: 1
project: fed
defaults: {type: runtime, scopes: [web]}
sites:
  blue-shop:
    secrets:
      FED: {value_from: {env: CELLA_VALUE_X}}
      HELD: {value: held}
`

func sealedFedManifest(t *testing.T) string {
	t.Helper()
	sealed, err := encryptManifest([]byte(fedManifest))
	if err != nil {
		t.Fatal(err)
	}
	return string(sealed)
}

// TestActionPlansWhatCannotBeSaved: what cannot be saved is planned all the
// same, and offers no file.
func TestActionPlansWhatCannotBeSaved(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.pullRequest("agency/site")
	j.manifest(sealedFedManifest(t))
	j.env["CELLA_VALUE_X"] = "fed"
	j.run().ends(false)
	says(t, j.log, "::warning title=cella::the plan is not saved, because without a fingerprint_key")
	for key, want := range map[string]string{"planned": "true", "has_changes": "true", "create": "2", "plan_digest": "", "plan_file": ""} {
		if got := j.outputs[key]; got != want {
			t.Errorf("output %s = %q, want %q", key, got, want)
		}
	}
}

// TestTemplatePlansWhatCannotBeSaved is the same on GitLab.
func TestTemplatePlansWhatCannotBeSaved(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.stubs.write(t, filepath.Join(p.dir, "secrets.yaml"), sealedFedManifest(t), 0o600)
	p.env["CELLA_VALUE_X"] = "fed"
	log, code := p.run("cella-plan")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	says(t, log, "cella: warning: the plan is not saved, because without a fingerprint_key")
	says(t, p.file("cella.env"), "cella_has_changes=true\n", "cella_create=2\n")
	p.artifacts("cella-plan", "cella-plan.json")
}
