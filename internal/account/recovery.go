package account

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
)

// Codes that people read from paper: Crockford's letters, in groups of four.
const (
	codeLetters   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	recoveryCount = 10
	recoveryChars = 12 // 60 bits, behind a keyed hash
	resetChars    = 16 // 80 bits
	codeField     = "codes.hash"
)

// newCode returns n random letters in groups of four.
func newCode(n int) string {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		panic(err) // without randomness nobody may be let in
	}
	var out strings.Builder
	for i, c := range b {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(codeLetters[c%32])
	}
	return out.String()
}

// readCode returns a code as it was made, from what somebody typed: any width
// and case, with or without hyphens and blanks, O for 0 and I or L for 1.
func readCode(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'O':
			return '0'
		case r == 'I' || r == 'L':
			return '1'
		case strings.ContainsRune(codeLetters, r):
			return r
		}
		return -1
	}, strings.ToUpper(names.Width(typed)))
}

// digits returns the digits of what somebody typed, blanks and width aside.
func digits(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, names.Width(typed))
}

// codeHash is what is stored of a code: useless without the key outside the
// database, and tied to what it is for and to whom.
func (s *Service) codeHash(use string, user core.UserID, code string) string {
	return hex.EncodeToString(s.Keys.Hash(codeField, use+":"+core.ID(user).String()+":"+readCode(code)))
}

// writeCodes replaces the recovery codes of an account.
func (s *Service) writeCodes(ctx context.Context, tx *db.Tx, u User, now time.Time) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE realm_id = $1 AND user_id = $2`, u.Realm, u.ID); err != nil {
		return nil, err
	}
	var codes []string
	for len(codes) < recoveryCount {
		code := newCode(recoveryChars)
		if slices.Contains(codes, code) {
			continue
		}
		codes = append(codes, code)
		_, err := tx.Exec(ctx, `INSERT INTO recovery_codes (realm_id, user_id, hash, created_at) VALUES ($1, $2, $3, $4)`,
			u.Realm, u.ID, s.codeHash("recovery", u.ID, code), db.Instant(now))
		if err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// NewCodes replaces the actor's recovery codes and returns the new ones, which
// are never shown again. Without a factor there is nothing to recover.
func (s *Service) NewCodes(ctx context.Context, who access.Actor, cookie string) (c Change, err error) {
	c.Cookie, err = s.requireFreshThen(ctx, who, cookie, "factor.codes", func(tx *db.Tx, u User, now time.Time) (any, error) {
		f, err := factors(ctx, tx, u.Realm, u.ID)
		if err != nil {
			return nil, err
		}
		if !f.Any() {
			return nil, core.Fail(core.Invalid, "factor.codes.none")
		}
		c.Codes, err = s.writeCodes(ctx, tx, u, now)
		return nil, err
	})
	return c, err
}

// useRecovery burns a recovery code, in a transaction of its own: of many at
// once exactly one succeeds.
func (s *Service) useRecovery(ctx context.Context, user core.UserID, code string, now time.Time) (ok bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE recovery_codes SET used_at = $4 WHERE realm_id = $1 AND user_id = $2 AND hash = $3 AND used_at IS NULL`,
			s.Realm, user, s.codeHash("recovery", user, code), db.Instant(now))
		ok = n == 1
		return err
	})
	return ok && err == nil, err
}
