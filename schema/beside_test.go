package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestValueFilesStayInside: which paths lead to a file that is read.
func TestValueFilesStayInside(t *testing.T) {
	me := sealtest.NewIdentity(t)
	sealed := encryptWhole(t, "inside", sealtest.KeyGroups(t, me.Public)...)
	tests := map[string]struct {
		path, want, reason string
		git                string // where .git is, "" for no repository
	}{
		"beside":                        {path: "cert.pem"},
		"below":                         {path: "certs/cert.pem"},
		"with dots":                     {path: "./certs/../cert.pem", reason: "the path is cleaned, and no part of it is a link"},
		"above, in the same repository": {path: "../up.pem", git: "top"},
		"above, without a repository":   {path: "../up.pem", want: "the file is outside the manifest's folder, which is in no git repository"},
		"above the repository":          {path: "../up.pem", git: "top/deploy", want: "the file is outside the git repository of the manifest"},
		"far above": {
			path: "../../../../../../../../../../../../etc/hosts",
			git:  "top",
			want: "the file is outside the git repository of the manifest",
		},
		"in another repository": {
			path:   "certs/cert.pem",
			git:    "top/deploy/certs",
			want:   "the file is in another git repository",
			reason: "git does not take it along with the manifest",
		},
		"a link":            {path: "link.pem", want: "a part of the path is a symbolic link", reason: "a link may lead anywhere tomorrow"},
		"below a link":      {path: "linked/cert.pem", git: "top", want: "a part of the path is a symbolic link"},
		"below a file":      {path: "cert.pem/x", want: "the file cannot be read"},
		"nothing":           {path: "none.pem", want: "there is no such file"},
		"a folder":          {path: "certs", want: "this is not a regular file"},
		"the folder itself": {path: ".", want: "this is not a regular file"},
		"too large":         {path: "large.pem", want: "the file is larger than 1 MiB"},
		"the manifest":      {path: "secrets.yaml", want: "the file was not encrypted as a whole"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			top := filepath.Join(t.TempDir(), "top")
			deploy := filepath.Join(top, "deploy")
			mustMake(t, filepath.Join(deploy, "certs"))
			if test.git != "" {
				mustMake(t, filepath.Join(filepath.Dir(top), test.git, ".git"))
			}
			for _, where := range []string{"cert.pem", "certs/cert.pem", "../up.pem"} {
				sealtest.WriteFile(t, filepath.Join(deploy, where), sealed)
			}
			sealtest.WriteFile(t, filepath.Join(deploy, "large.pem"), bytes.Repeat([]byte(" "), maxValueFile+1))
			mustLink(t, "cert.pem", filepath.Join(deploy, "link.pem"))
			mustLink(t, "certs", filepath.Join(deploy, "linked"))
			file := besides(t, deploy, test.path, sealtest.KeyGroups(t, me.Public)...)
			m, problems, err := Load(t.Context(), file, defaultOptions())
			got := sealtest.Lines(problems)
			if err != nil || (m != nil) != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("want %q (%s): %v\n%s", test.want, test.reason, err, got)
			}
		})
	}
}

func mustMake(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
}

func mustLink(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// TestManifestFolderBehindALink: the way to the manifest is the caller's own.
func TestManifestFolderBehindALink(t *testing.T) {
	me := sealtest.NewIdentity(t)
	folder := t.TempDir()
	mustMake(t, filepath.Join(folder, "real"))
	mustLink(t, "real", filepath.Join(folder, "link"))
	besides(t, filepath.Join(folder, "real"), "cert.pem", sealtest.KeyGroups(t, me.Public)...)
	sealtest.WriteFile(t, filepath.Join(folder, "real", "cert.pem"), encryptWhole(t, "x", sealtest.KeyGroups(t, me.Public)...))
	m, problems, err := Load(t.Context(), filepath.Join(folder, "link", "secrets.yaml"), defaultOptions())
	if err != nil || m == nil {
		t.Fatal(err, sealtest.Lines(problems))
	}
	if want := filepath.ToSlash(filepath.Join(folder, "link", "cert.pem")); len(m.Files) != 1 || m.Files[0].Name != want {
		t.Errorf("files %v, want %s, from where the manifest's name begins", m.Files, want)
	}
}
