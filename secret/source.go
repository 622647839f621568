package secret

import "strings"

// Source says where a value comes from that does not stand in the manifest,
// as plans show it. The empty Source is the manifest itself.
type Source string

const (
	envSource  = "env:"
	fileSource = "file:"
)

// EnvSource is the environment variable called name.
func EnvSource(name string) Source { return Source(envSource + name) }

// FileSource is the file at path, which is relative to the manifest's folder.
func FileSource(path string) Source { return Source(fileSource + path) }

// Env returns the name of the environment variable.
func (s Source) Env() (name string, ok bool) { return strings.CutPrefix(string(s), envSource) }

// File returns the path.
func (s Source) File() (path string, ok bool) { return strings.CutPrefix(string(s), fileSource) }
