package secret

// UnmanagedPolicy says what to do about live secrets that nobody declares.
type UnmanagedPolicy string

// The policies, in the manifest's words.
const (
	ReportUnmanaged UnmanagedPolicy = "report"
	IgnoreUnmanaged UnmanagedPolicy = "ignore"
	ForbidUnmanaged UnmanagedPolicy = "forbid"
)
