package scaffold

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// settings make git compare and merge a manifest by name. They stay in a clone: git
// takes no commands from what it fetches.
var settings = []struct{ key, value string }{
	{"diff.cella.command", "cella diff --git"},
	{"merge.cella.driver", "cella merge-driver %O %A %B %L %P"},
}

// SetUpGit makes git compare and merge a manifest that is there by name: a line in
// .gitattributes, and the repository's settings. Those that are there stay.
func SetUpGit(ctx context.Context, opts Options) (*Begun, error) {
	opts.GitConfig = true
	b := &Begun{opts: opts, folder: filepath.Dir(opts.File)}
	if _, err := os.Stat(opts.File); errors.Is(err, fs.ErrNotExist) {
		return nil, hint.New(fmt.Errorf("there is no manifest %s", words.Quote(opts.File)),
			"name yours with --file, or begin one: cella init --project NAME --git-config")
	} else if err != nil {
		return nil, files.ReadError(opts.File, err)
	}
	if err := b.judgeGit(ctx); err != nil {
		return nil, err
	}
	return b, b.setUpGit(ctx)
}

// ReportGit says what SetUpGit did.
func (b *Begun) ReportGit(out io.Writer) {
	for _, name := range b.wrote {
		fmt.Fprintf(out, "wrote %s: commit it\n", words.Quote(name))
	}
	b.reportGit(out)
	if len(b.kept) == 0 {
		fmt.Fprintf(out, "git now compares and merges %s by name, where cella is on the path\n", words.Quote(b.opts.File))
	}
}

func (b *Begun) reportGit(out io.Writer) {
	for _, setting := range b.configured {
		fmt.Fprintf(out, "set in this repository's configuration: %s\n", setting)
	}
	for _, key := range b.kept {
		fmt.Fprintf(out, "left as it is in this repository's configuration: %s (see it: git config %s)\n", key, key)
	}
	if _, err := exec.LookPath(program); err != nil && len(b.configured) > 0 {
		fmt.Fprintf(out, "warning: %s is not on the path: put it there, or `git diff` fails, and a merge is a conflict with only your side in the file\n",
			program)
	}
}

// program is what the settings call.
const program = "cella"

// attributeLines are those of .gitattributes for the manifest.
func (b *Begun) attributeLines() []gitLine {
	return []gitLine{{
		pattern(filepath.Base(b.opts.File)) + " diff=cella merge=cella",
		"compared and merged by name, where a clone is set up: cella init --git-config",
	}}
}

// pattern is a name as .gitattributes has it.
func pattern(name string) string {
	plain := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
	if strings.ContainsAny(name, " \t\"\\") || strings.HasPrefix(name, "!") || strings.HasPrefix(name, "#") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(plain) + `"`
	}
	return plain
}

// judgeGit looks at what git has before anything is written.
func (b *Begun) judgeGit(ctx context.Context) error {
	if _, _, _, err := missingLines(filepath.Join(b.folder, attributes), b.attributeLines()); err != nil {
		return err
	}
	if !b.opts.GitConfig {
		return nil
	}
	if _, code, err := b.opts.Git.In(ctx, b.folder, "rev-parse", "--git-dir"); err != nil || code != 0 {
		return hint.New(fmt.Errorf("--git-config: %s is in no git repository, or in one that git does not read", words.Quote(b.folder)),
			"make one first: git init; or omit --git-config")
	}
	return nil
}

// setUpGit writes what git reads of the manifest.
func (b *Begun) setUpGit(ctx context.Context) error {
	if err := b.addLines(attributes, b.attributeLines()); err != nil || !b.opts.GitConfig {
		return err
	}
	for _, setting := range settings {
		have, code, err := b.opts.Git.In(ctx, b.folder, "config", "--local", "--get", setting.key)
		switch have = strings.TrimSuffix(have, "\n"); {
		case err == nil && code == 0 && have != setting.value:
			b.kept = append(b.kept, setting.key)
			continue
		case err == nil && code == 0:
			continue
		}
		if _, code, err := b.opts.Git.In(ctx, b.folder, "config", "--local", setting.key, setting.value); err != nil || code != 0 {
			return hint.New(fmt.Errorf("git does not set %s", setting.key), "run: git config "+setting.key+" "+words.Argument(setting.value))
		}
		b.configured = append(b.configured, setting.key)
	}
	return nil
}
