package account

// What tests of the package's outside need from its inside.
var (
	Code       = totp
	UseTOTP    = (*Service).useTOTP
	UseRecover = (*Service).useRecovery
	BurnReset  = (*Service).burnReset
	Attempt    = (*Service).attempt
	KeyOf      = accountKey
)
