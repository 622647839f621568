package decision

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestOwners covers what is said of owners that could not be looked at, and
// of those that a target leaves out.
func TestOwners(t *testing.T) {
	desired := []secret.Desired{
		desire(mySite, want("A", "=1"), want("B", "=1")),
		desire(torn, want("A", "=1")),
		desire(agency, want("A", "=1")),
	}
	live := []secret.Live{
		living(mySite, have("A", "=2"), have("STRAY", "=1")),
		living(torn, haveWith(have("A", "=2"), composer)),
		living(agency),
	}
	all := []string{
		"create A default:create/absent steps:1",
		"update A default:update/changed steps:1",
		"create B default:create/absent steps:1",
		"replace A default:create/changed steps:2",
		"unmanaged STRAY",
		"warning shadowed-by-sites A",
		"refusal replace-not-allowed A",
	}
	otherID := mySite
	otherID.ID = "other"
	for name, c := range map[string]struct {
		in       Input
		lines    []string
		complete bool
		requests int
		reason   string
	}{
		"empty": {Input{}, nil, true, 0, "nothing is declared, nothing is read"},
		"everything read": {Input{Desired: desired, Live: live}, all, true, 3 + 5,
			"organizations first, then sites by name"},
		"failed": {
			Input{Desired: desired, Live: live[1:], Failed: []plan.OwnerError{{Owner: mySite, Code: plan.CodeRequestFailed, Detail: "list secrets: 503"}}},
			[]string{all[0], all[3], "error site:my-site: list secrets: 503; its 2 secrets in the manifest were not looked at", all[5], all[6]}, false, 2 + 3,
			"nothing is claimed of it",
		},
		"failed and read": {
			Input{Desired: desired[:1], Live: live[:1], Failed: []plan.OwnerError{{Owner: mySite, Code: plan.CodeRequestFailed, Detail: "list secrets: cut short"}}},
			[]string{"error site:my-site: list secrets: cut short; its 2 secrets in the manifest were not looked at"}, false, 1,
			"a failure outweighs what was read",
		},
		"failed with one secret": {
			Input{Desired: desired[1:2], Failed: []plan.OwnerError{{Owner: torn, Code: plan.CodeRequestFailed, Detail: "find site: 404"}}},
			[]string{"error site:torn-site: find site: 404; its 1 secret in the manifest was not looked at"}, false, 0,
			"one is not many",
		},
		"failed without secrets": {
			Input{Failed: []plan.OwnerError{{Owner: torn, Code: plan.CodeRequestFailed, Detail: "find site: 404"}}},
			[]string{"error site:torn-site: find site: 404"}, false, 0,
			"there is nothing to count",
		},
		"neither read nor failed": {
			Input{Desired: desired[:1]},
			[]string{"error site:my-site: it was not read; its 2 secrets in the manifest were not looked at"}, false, 0,
			"a mistake of the caller must not look like absence",
		},
		"read under another id": {
			Input{Desired: desired[:1], Live: []secret.Live{living(otherID)}},
			[]string{"error site:my-site: the manifest and what was read give it different ids; its 2 secrets in the manifest were not looked at"}, false, 1,
			"one owner's manifest is never compared with another's secrets",
		},
		"declared twice": {
			Input{Desired: []secret.Desired{desired[1], desired[1]}, Live: live[1:2]},
			[]string{"error site:torn-site: the manifest has it twice; its 2 secrets in the manifest were not looked at"}, false, 1,
			"neither declaration is preferred",
		},
		"read twice": {
			Input{Desired: desired[1:2], Live: []secret.Live{live[1], live[1]}},
			[]string{"error site:torn-site: it was read twice; its 1 secret in the manifest was not looked at"}, false, 2,
			"neither reading is preferred",
		},
		"read, not declared": {
			Input{Live: live[:1]}, []string{"unmanaged A", "unmanaged STRAY"}, true, 1,
			"nobody declares any of it",
		},
		"target owner": {
			Input{Desired: desired, Live: live[:1], Targets: plan.Targets{{Owner: mySite}}},
			[]string{all[1], all[2], all[4], "warning target "}, false, 1 + 2,
			"the others were not read, and the refusal elsewhere is left out",
		},
		"target owner without id": {
			Input{Desired: desired, Live: live[:1], Targets: plan.Targets{{Owner: secret.Owner{Kind: secret.Site, Name: "my-site"}}}},
			[]string{all[1], all[2], all[4], "warning target "}, false, 1 + 2,
			"owners are matched by kind and name",
		},
		"target owner, failures elsewhere": {
			Input{
				Desired: desired, Live: live[:1], Failed: []plan.OwnerError{{Owner: torn, Code: plan.CodeRequestFailed, Detail: "503"}},
				Targets: plan.Targets{{Owner: mySite}},
			},
			[]string{all[1], all[2], all[4], "warning target "}, false, 1 + 2,
			"what is left out stops nothing",
		},
		"target owner, failed": {
			Input{Desired: desired, Failed: []plan.OwnerError{{Owner: mySite, Code: plan.CodeRequestFailed, Detail: "503"}}, Targets: plan.Targets{{Owner: mySite}}},
			[]string{"error site:my-site: 503; its 2 secrets in the manifest were not looked at", "warning target "}, false, 0,
			"the target itself could not be read",
		},
		"target secret": {
			Input{Desired: desired, Live: live[:1], Targets: plan.Targets{{Owner: mySite, Secret: "B"}}},
			[]string{all[2], "warning target B"}, false, 1 + 1,
			"the others are left out, rather than shown as if nothing were to do",
		},
		"target secret, refused": {
			Input{Desired: desired, Live: live[1:2], Targets: plan.Targets{{Owner: torn, Secret: "A"}}},
			[]string{all[3], "warning target A", all[6]}, false, 1 + 2,
			"a target allows nothing",
		},
		"target unknown": {
			Input{Desired: desired, Live: live[:1], Targets: plan.Targets{{Owner: mySite, Secret: "NO\n"}}},
			[]string{"error site:my-site/NO\n: the manifest does not have this target, and no record says that cella applied it", "warning target NO\n"}, false, 1,
			"planning nothing must not pass for success",
		},
		"target of another kind": {
			Input{Desired: desired, Targets: plan.Targets{{Owner: secret.Owner{Kind: secret.Organization, Name: "my-site"}}}},
			[]string{"error org:my-site: the manifest does not have this target", "warning target "}, false, 0,
			"a site and an organization of one name are two owners",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := Diff(c.in)
			if diff := cmp.Diff(c.lines, shorthand(p)); diff != "" {
				t.Errorf("%s\n%s", c.reason, diff)
			}
			if p.Complete != c.complete {
				t.Errorf("complete is %t", p.Complete)
			}
			if p.Requests.Secrets != c.requests {
				t.Errorf("%d requests, want %d", p.Requests.Secrets, c.requests)
			}
		})
	}
}

func TestOwnerTakesTheIDThatIsKnown(t *testing.T) {
	nameless := mySite
	nameless.ID = ""
	p := Diff(Input{Desired: []secret.Desired{desire(nameless, want("A", "=1"))}, Live: []secret.Live{living(mySite)}})
	if p.Changes[0].Owner != mySite {
		t.Errorf("owner is %+v", p.Changes[0].Owner)
	}
}

// TestTargetKeepsWarnings: what is warned of the target, and of the owner as a
// whole, stands.
func TestTargetKeepsWarnings(t *testing.T) {
	drops := func(s *secret.DesiredSecret) { s.DropOverrides = []secret.Env{"dev"} }
	in := one(
		[]secret.DesiredSecret{wantWith(want("A", "=2"), drops), wantWith(want("B", "=2"), drops)},
		[]secret.LiveSecret{have("A", "=1"), have("B", "=1")})
	in = remembering(in, manifest{}.under("k", ""), past{records: []memo{did(want("A", "=9")), did(want("B", "=9"))}})
	in.Desired[0].ResetLedger = true
	in.Targets = plan.Targets{{Owner: mySite, Secret: "A"}}
	want := []string{
		"update A default:update/changed steps:1",
		"drift A: its value was changed on Pantheon; apply writes the manifest's value",
		"warning reset-ledger-not-needed ", "warning drop-overrides-not-needed A", "warning target A",
	}
	if diff := cmp.Diff(want, shorthand(Diff(in))); diff != "" {
		t.Error(diff)
	}
}

func TestTargetLeavesOutOtherFindings(t *testing.T) {
	in := one(
		[]secret.DesiredSecret{
			want("A", "=1"),
			wantWith(want("B", "=1"), func(s *secret.DesiredSecret) { s.DropOverrides = []secret.Env{"dev"} }),
			want("C", "=1"),
		},
		[]secret.LiveSecret{have("A", "=1", "live=?"), have("B", "=1", "live=?"), haveWith(have("C", "=?"), composer), have("D", "=?")})
	in.Policy.Unmanaged = secret.ForbidUnmanaged
	in.Targets = plan.Targets{{Owner: mySite, Secret: "A"}}
	want := []string{"none A default:none/equal steps:0", "unmanaged A.live", "warning target A", "refusal unmanaged-override A"}
	if diff := cmp.Diff(want, shorthand(Diff(in))); diff != "" {
		t.Error(diff)
	}
}

func TestSummary(t *testing.T) {
	allow := func(s *secret.DesiredSecret) { s.Replace = true }
	in := one(
		[]secret.DesiredSecret{
			want("A", "=1"), want("B", "=1", "dev=1", "live=1"), wantWith(want("C", "=1"), allow), want("D", "=1"),
			wantWith(want("E"), func(s *secret.DesiredSecret) { s.External = true }),
		},
		[]secret.LiveSecret{have("B", "=?", "dev=?", "live=2", "test=?"), haveWith(have("C", "=?"), composer), have("D", "=1"), have("F", "=1")})
	in.Policy = Policy{Unmanaged: secret.ForbidUnmanaged, Strict: true}
	p := Diff(in)
	want := plan.Summary{Create: 1, Update: 1, Replace: 1, None: 2, Changed: 1, Unverifiable: 3, Unmanaged: 2, Refused: 3}
	if diff := cmp.Diff(want, p.Summary); diff != "" {
		t.Error(diff)
	}
	if !p.HasChanges() {
		t.Error("there are changes")
	}
	if p.Requests.Secrets != 1+1+3+2 {
		t.Errorf("%d requests", p.Requests.Secrets)
	}
}
