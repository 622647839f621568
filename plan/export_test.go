package plan

// Said makes the sentences that tests compare with: what people read. Package
// sentence imports this one, so the tests outside of it fill it in.
var Said struct {
	Warning func(Warning) string
	Refusal func(Refusal) (message, remedy string)
	Error   func(OwnerError) string
	Drift   func(Drift) string
	Date    func(DateWarning) (message, remedy string)
}
