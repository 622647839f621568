package schema

// The limits of a manifest, beside those of any SOPS file.
const (
	// MaxSecrets bounds the secrets of a manifest, all owners together.
	MaxSecrets = 100_000
	// MaxProjects bounds a list of projects: formerly, and policy.projects.
	MaxProjects = 100
)
