// Package account keeps who may sign in: users and their passwords, sessions
// that can be ended at once, and one-time tokens.
package account

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/secret"
)

// A User is an account of one person. The password is never part of it.
type User struct {
	Realm     core.RealmID
	ID        core.UserID
	Login     string
	Name      string
	Person    core.PersonID // in the rosters; zero if not tied to one
	Lang      core.Lang     // preferred; "" to follow the browser
	Theme     string        // ThemeLight, ThemeDark or "" to follow the device
	Disabled  bool
	CreatedAt time.Time
	SignedIn  time.Time // last; zero if never

	epoch int
}

// The themes a user may prefer.
const (
	ThemeLight = "light"
	ThemeDark  = "dark"
)

// A NewUser is an account to add. Without a password the account can be entered
// by a sign-in link alone.
type NewUser struct {
	Login    string
	Name     string
	Password string
	Person   core.PersonID
	Lang     core.Lang
}

// Bounds of what a person types.
const (
	loginMin    = 2
	loginMax    = 64
	nameMax     = 60
	PasswordMin = 10  // characters
	PasswordMax = 256 // bytes, so that hashing stays bounded
)

// loginKey is the form in which a login is unique and found: half-width, lower
// case, without blanks.
func loginKey(login string) string { return names.Fold(login) }

// checkLogin collects what is wrong with a login and a name.
func checkLogin(f *core.Fields, login, name string) {
	n := utf8.RuneCountInString(login)
	f.If(n < loginMin || n > loginMax, "login", "account.login.length", loginMin, loginMax)
	f.If(strings.ContainsFunc(login, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@", r)
	}), "login", "account.login.letters")
	f.If(name == "", "name", "account.name.missing")
	f.If(utf8.RuneCountInString(name) > nameMax, "name", "account.name.long", nameMax)
	f.If(strings.ContainsFunc(name, unicode.IsControl), "name", "account.name.letters")
}

// checkPassword collects what is wrong with a new password.
func checkPassword(f *core.Fields, password, login string) {
	f.If(utf8.RuneCountInString(password) < PasswordMin, "password", "account.password.short", PasswordMin)
	f.If(len(password) > PasswordMax, "password", "account.password.long", PasswordMax)
	f.If(!utf8.ValidString(password), "password", "account.password.unreadable")
	folded := loginKey(password)
	f.If(folded == loginKey(login), "password", "account.password.login")
	same := func(r rune) bool { return strings.HasPrefix(folded, string(r)) }
	f.If(password != "" && !strings.ContainsFunc(folded, func(r rune) bool { return !same(r) }), "password", "account.password.one_character")
}

// Check returns what is wrong with the account to add, as far as it can be seen
// without looking anything up.
func (n NewUser) Check() error { return n.check() }

// check also writes login and name half-width.
func (n *NewUser) check() error {
	n.Login, n.Name = names.Width(n.Login), names.Width(n.Name)
	var f core.Fields
	checkLogin(&f, n.Login, n.Name)
	if n.Password != "" {
		checkPassword(&f, n.Password, n.Login)
	}
	f.If(!knownLang(n.Lang), "lang", "account.lang.unknown")
	return f.Err()
}

func knownLang(l core.Lang) bool {
	return slices.Contains([]core.Lang{"", core.Hans, core.Hant, core.En}, l)
}

func knownTheme(t string) bool { return slices.Contains([]string{"", ThemeLight, ThemeDark}, t) }

// A Service is what pages and commands call. Realm is the one that people sign
// in to; Now tells the time in its zone; Keys seal what apps know and hash
// codes; Site is the address under which passkeys work, such as
// "https://tongpin.example", or "" where none do.
type Service struct {
	DB    *db.DB
	Keys  *secret.Keyring
	Now   core.Now
	Realm core.RealmID
	Site  string
}

// actor is the user as who asks, on a page.
func (u User) actor(via string) access.Actor {
	return access.Actor{Realm: u.Realm, User: u.ID, Via: via}
}
