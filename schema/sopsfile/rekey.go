package sopsfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keys"
	sopsjson "github.com/getsops/sops/v3/stores/json"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// Shared is the metadata of a file whose data key is known, once other key groups
// have it. Where there is one group before and after, what is encrypted for those
// who stay is kept, so that nothing has to be asked but the keys that are new; in
// several groups all shares are made anew. The MAC and its time stay.
func (f *File) Shared(ctx context.Context, ring *keyring.Keyring, groups []sops.KeyGroup, threshold int) (sops.Metadata, error) {
	meta := f.Meta
	meta.KeyGroups, meta.ShamirThreshold = groups, threshold
	if len(groups) != 1 || len(f.Meta.KeyGroups) != 1 {
		return meta, ring.Wrap(ctx, &meta, f.DataKey.key)
	}
	var all, fresh sops.KeyGroup
	for _, key := range groups[0] {
		before := f.Meta.KeyGroups[0]
		if i := slices.IndexFunc(before, func(old keys.MasterKey) bool { return recipients.SameUse(key, old) }); i >= 0 {
			all = append(all, before[i])
			continue
		}
		all, fresh = append(all, key), append(fresh, key)
	}
	meta.KeyGroups, meta.ShamirThreshold = []sops.KeyGroup{all}, 0
	if len(fresh) == 0 {
		return meta, nil
	}
	return meta, ring.Wrap(ctx, &sops.Metadata{KeyGroups: []sops.KeyGroup{fresh}}, f.DataKey.key)
}

// Rotated encrypts every value of a file whose values are known under a new data
// key, which the key groups get. Without lines, the file is in SOPS's binary form.
func (f *File) Rotated(ctx context.Context, ring *keyring.Keyring, groups []sops.KeyGroup, threshold int, now time.Time) ([]byte, *DataKey, error) {
	tree := sops.Tree{Metadata: f.Meta}
	tree.Metadata.KeyGroups, tree.Metadata.ShamirThreshold = groups, threshold
	made, err := ring.NewDataKey(ctx, &tree)
	if err != nil {
		return nil, nil, err
	}
	key, err := NewDataKey(made)
	if err != nil {
		return nil, nil, err
	}
	meta := tree.Metadata
	meta.LastModified = now.UTC().Truncate(time.Second)
	clear := f.DataKey.All(f.Doc.Leaves)
	mac, complete := f.Doc.digest(meta, clear)
	if !complete {
		return nil, nil, errors.New("compute the file's checksum (MAC): a value does not decrypt")
	}
	if meta.MessageAuthenticationCode, err = key.Encrypt(mac, macAAD(meta)); err != nil {
		return nil, nil, err
	}
	if f.Lines == nil {
		envelope, err := key.EncryptValue(f.Values[f.Doc.Leaves[0].Node], f.Doc.Leaves[0].At)
		if err != nil {
			return nil, nil, err
		}
		text, err := f.binary(meta, envelope)
		return text, key, err
	}
	lines, err := f.recrypted(key)
	if err != nil {
		return nil, nil, err
	}
	text, err := f.withSection(lines, meta)
	return text, key, err
}

// recrypted are the lines with every value, and every comment that SOPS encrypted,
// under another data key.
func (f *File) recrypted(key *DataKey) ([]string, error) {
	var changes []yamltext.Change
	found := &yamltext.Finder{Lines: f.Lines}
	for _, leaf := range f.Doc.Leaves {
		value, ok := f.Values[leaf.Node]
		if !ok || !leaf.Encrypted || leaf.Node.Value == "" {
			continue
		}
		envelope, err := key.EncryptValue(value, leaf.At)
		if err != nil {
			return nil, err
		}
		place, ok := found.Span(leaf.Node)
		if !ok {
			return nil, fmt.Errorf("encrypt %s: it is not on one line", leaf.At)
		}
		changes = append(changes, yamltext.Change{Span: place, Text: envelope})
	}
	comments, err := f.recryptedComments(key)
	if err != nil {
		return nil, err
	}
	lines := slices.Clone(f.Lines)
	yamltext.Splice(lines, append(changes, comments...))
	return lines, nil
}

// Wearing is the file with another sops section, whose data key and MAC are those
// of the file. Lines that need not change stay.
func (f *File) Wearing(meta sops.Metadata) ([]byte, error) {
	if f.Lines == nil {
		return f.binary(meta, f.Doc.Leaves[0].Node.Value)
	}
	return f.withSection(f.Lines, meta)
}

// withSection writes the sops section of meta below lines, which are those of the file
// or have as many.
func (f *File) withSection(lines []string, meta sops.Metadata) ([]byte, error) {
	unit := SopsIndent
	if len(f.Doc.Sops.Content) > 0 {
		unit = max(f.Doc.Sops.Content[0].Column-1, 2)
	}
	text, err := sopsyaml.NewStore(&config.YAMLStoreConfig{Indent: unit}).EmitEncryptedFile(
		sops.Tree{Branches: sops.TreeBranches{{}}, Metadata: meta})
	if err != nil {
		return nil, errors.New("write sops section: SOPS fails")
	}
	fresh, _ := yamltext.SplitLines(bytes.TrimSpace(text))
	made, ok := replaceSection(lines, f.Doc.Root, fresh)
	if !ok {
		return nil, fmt.Errorf("write sops section: %w", ErrManner)
	}
	return yamltext.JoinLines(made, f.Windows), nil
}

// ErrManner: the text is not written in a way that can be edited by key.
var ErrManner = errors.New("the manifest is not written one key per line")

// binary is a file in SOPS's binary form.
func (f *File) binary(meta sops.Metadata, envelope string) ([]byte, error) {
	store := sopsjson.NewBinaryStore(&config.JSONBinaryStoreConfig{Indent: f.jsonIndent()})
	text, err := store.EmitEncryptedFile(sops.Tree{
		Branches: sops.TreeBranches{{{Key: f.Doc.Leaves[0].At.Name, Value: envelope}}}, Metadata: meta,
	})
	if err != nil {
		return nil, errors.New("write sops section: SOPS fails")
	}
	return text, nil
}

// jsonIndent is by how many spaces a file in JSON is indented; -1 is by a TAB.
func (f *File) jsonIndent() int {
	if key := f.Doc.Root.Content[0]; key.Line > 1 && key.Column > 2 {
		return key.Column - 1
	}
	return -1
}
