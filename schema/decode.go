package schema

import (
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
)

// manifestVersion is the version of the format that this package reads.
const manifestVersion = 1

// defaults are what secrets without type or scopes have.
type defaults struct {
	kind   secret.Type
	scopes secret.Scopes
	// broken are the keys that stand there and say nothing usable, so that no
	// secret is blamed for want of them.
	broken []string
}

// decode fills d.manifest from the whole document.
func (d *decoder) decode() {
	// Others depend on these two, wherever they stand.
	unknown := 0
	for key, value := range d.pairs(d.Root) {
		switch at := problem.PathOf(key.Value); key.Value {
		case "project":
			d.decodeProject(value, at)
		case "defaults":
			d.decodeDefaults(value, at)
		default:
			if unknown++; unknown > problem.MaxProblems {
				continue // the file has too many errors in any case
			}
			if meant, _ := words.Closest(key.Value, topKeys); meant == "defaults" {
				d.defaults.broken = defaultsKeys
			}
		}
	}
	missing := map[string]bool{"version": true, "project": true}
	d.misspelt = map[string]bool{}
	for key, value := range d.pairs(d.Root) {
		meant := d.top(key, value)
		delete(missing, key.Value)
		delete(missing, meant)
		d.misspelt[meant] = true
	}
	d.ownersUnread = d.ownersUnread || d.misspelt[OwnersKey(secret.Site)] || d.misspelt[OwnersKey(secret.Organization)]
	if missing["version"] {
		d.Fail(problem.Place{Line: 1, Column: 1}, "missing-version", "begin the file with: version: "+strconv.Itoa(manifestVersion), "the version is missing")
	}
	if missing["project"] {
		d.Fail(problem.Place{Line: 1, Column: 1}, "missing-project", "add a line such as project: storefront", "the project is missing")
	}
	m := d.manifest
	if m.previousKey != nil && m.key == nil {
		d.Fail(m.previousKey.at.At(m.previousKey.node), "previous-key-alone", "add fingerprint_key, or remove the line",
			"previous_fingerprint_key needs a fingerprint_key too")
	}
	d.checkRecord()
}

// top decodes one key. Of an unknown one it returns the key that was probably
// meant.
func (d *decoder) top(key, value *yaml.Node) (meant string) {
	at := problem.PathOf(key.Value)
	switch key.Value {
	case "version":
		d.decodeVersion(value, at)
	case "fingerprint_key":
		d.manifest.key = d.decodeKey(key, value, at)
	case "previous_fingerprint_key":
		d.manifest.previousKey = d.decodeKey(key, value, at)
	case "record":
		d.decodeRecord(value, at)
	case "formerly":
		d.manifest.Formerly = d.decodeProjects(value, at)
	case "policy":
		d.decodePolicy(value, at)
	case "organizations":
		d.decodeOwners(secret.Organization, value, at)
	case "sites":
		d.decodeOwners(secret.Site, value, at)
	case "project", "defaults", sopsfile.SopsKey:
	default:
		return d.unknown(key, nil, topKeys)
	}
	return ""
}

func (d *decoder) decodeVersion(node *yaml.Node, at *problem.Path) {
	if version, ok := d.number(node, at); ok && version != manifestVersion {
		d.Fail(at.At(node), "unknown-version", "write version: "+strconv.Itoa(manifestVersion)+", or use a newer cella",
			"version %d is not known", version)
	}
}

func (d *decoder) decodeProject(node *yaml.Node, at *problem.Path) {
	if project, ok := d.projectName(node, at); ok {
		d.manifest.Project, d.manifest.projectAt = project, at.At(node)
	}
}

func (d *decoder) projectName(node *yaml.Node, at *problem.Path) (string, bool) {
	project, ok := d.text(node, at)
	if !ok {
		return "", false
	}
	if !secret.IsProject(project) {
		d.Fail(at.At(node), "project-name", ProjectRemedy(), "this cannot be the name of a project")
		return "", false
	}
	return project, true
}

// decodeProjects reads a list of projects, this one not among them.
func (d *decoder) decodeProjects(node *yaml.Node, at *problem.Path) []string {
	if len(node.Content) > maxProjects {
		d.Fail(at.At(node), "too-many-projects", "list only those that count", "the list has %d entries; at most %d are allowed", len(node.Content), maxProjects)
		return nil
	}
	projects, _ := d.list(node, at, func(item *yaml.Node) (string, bool) {
		project, ok := d.projectName(item, at)
		if ok && project == d.manifest.Project {
			d.Fail(at.At(item), "own-project", "list other projects only", "%s is this project itself", project)
			return "", false
		}
		return project, ok
	})
	return projects
}

func (d *decoder) decodeKey(key, value *yaml.Node, at *problem.Path) *valueField {
	field := &valueField{node: value, at: at}
	if !d.encryptedText(value, at, key.Value, d.rule.Matches(key.Value)) {
		return field
	}
	d.lintComment(key, value, at)
	field.usable = true
	return field
}

func (d *decoder) decodeDefaults(node *yaml.Node, at *problem.Path) {
	if !d.mapping(node, at, "write {} or remove the line") {
		return
	}
	for key, value := range d.pairs(node) {
		switch key.Value {
		case "type":
			d.defaults.kind = d.decodeType(value, at.Child(key.Value))
		case "scopes":
			d.defaults.scopes = d.decodeScopes(value, at.Child(key.Value))
		default:
			if meant := d.unknown(key, at, defaultsKeys); meant != "" {
				d.defaults.broken = append(d.defaults.broken, meant)
			}
			continue
		}
		d.defaults.broken = append(d.defaults.broken, key.Value)
	}
}

func (d *decoder) decodePolicy(node *yaml.Node, at *problem.Path) {
	if !d.mapping(node, at, "write {} or remove the line") {
		return
	}
	texts := []string{string(secret.ReportUnmanaged), string(secret.IgnoreUnmanaged), string(secret.ForbidUnmanaged)}
	for key, value := range d.pairs(node) {
		here := at.Child(key.Value)
		switch key.Value {
		case "unmanaged":
			if word, ok := d.word(value, here, texts); ok {
				d.manifest.Policy.Unmanaged = secret.UnmanagedPolicy(word)
			}
		case "max_delete_percent":
			if percent, ok := d.percent(value, here); ok {
				d.manifest.Policy.MaxDeletePercent = percent
			}
		case "projects":
			d.manifest.Policy.Projects = d.decodeProjects(value, here)
		case "moved_from":
			d.decodeMovedFrom(value, here)
		case "reset_record":
			d.manifest.Policy.ResetRecord, _ = d.flag(value, here)
		case "token_expires":
			d.manifest.Policy.TokenExpires, _ = d.decodeDate(value, here)
			d.manifest.tokenExpires = here.At(value)
		default:
			d.unknown(key, at, policyKeys)
		}
	}
}
