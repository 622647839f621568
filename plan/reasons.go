package plan

// The reasons that a plan gives, in words for a reviewer. They are part of
// the text only: programs go by actions, states and codes.
const (
	reasonCreate          = "not live yet"
	reasonCreateInherited = "the organization has this name too, and whether the site has a value of its own cannot be seen; apply creates it, or changes it where it exists"
	reasonReplaceNeeded   = "the live type or scopes differ, and Pantheon never changes them"
	reasonReplace         = "the live type or scopes differ, and Pantheon never changes them: the secret is deleted and created again, and has no value in between"
	reasonOverridesLater  = "environments with an override see the default value briefly, until their override is written"
	reasonOnlyOverrides   = "only overrides change"

	reasonExternal          = "external: set elsewhere, never written"
	reasonExternalMissing   = "external: not live"
	reasonExternalDiffers   = "external: the live type or scopes differ"
	reasonExternalInherited = "external: the organization has this name too, so the site is served; type and scopes are not compared"

	reasonAbsent  = "no override is live yet"
	reasonChanged = "the live value is not the manifest's"
	reasonHidden  = "nothing says that the hidden value is the manifest's; written again to be sure"
	reasonDropped = "drop_overrides names it"
)
