package secret

// OwnedBy says who says which organization owns a site.
type OwnedBy string

// Who may say so.
const (
	ByFlag     OwnedBy = "flag"     // --org
	ByManifest OwnedBy = "manifest" // it has no other one
	ByNobody   OwnedBy = "none"     // it has none
	ByPantheon OwnedBy = "pantheon"
)
