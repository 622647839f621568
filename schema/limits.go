package schema

// The limits of a manifest, beside those of any SOPS file.
const (
	// maxSecrets bounds the secrets of a manifest, all owners together.
	maxSecrets = 100_000
	// maxProjects bounds a list of projects: formerly, and policy.projects.
	maxProjects = 100
)
