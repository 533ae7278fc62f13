package account

import (
	"context"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A feed's token stands in the address of a calendar, reads the owner's
// deadlines and opens nothing else. It is kept with the bearer tokens and ends
// as they do.

// feed reports whether the token is a feed's.
func (t Token) feed() bool { return t.Allows(feedScope) }

// MakeFeed makes a feed's token for a user and returns its value, which is
// shown this once. It is good for TokenMost days.
func (s *Service) MakeFeed(ctx context.Context, who access.Actor, user core.UserID, name string) (string, Token, error) {
	return s.MakeToken(ctx, who, user, NewToken{Name: name, Scopes: []string{feedScope}, Days: TokenMost, feed: true})
}

// Feeds lists the feeds' tokens of a user that are not revoked, newest first.
func (s *Service) Feeds(ctx context.Context, who access.Actor, user core.UserID) ([]Token, error) {
	var all []Token
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := requireOwner(ctx, tx, who, user); err != nil {
			return err
		}
		var err error
		all, err = tokensOf(ctx, tx, who.Realm, user)
		return err
	})
	return slices.DeleteFunc(all, func(t Token) bool { return !t.feed() }), err
}

// Feed returns whose deadlines the value of a feed's token reads. Whatever is
// no live token of an open account is core.NotFound, one like the other.
func (s *Service) Feed(ctx context.Context, value string) (User, access.Actor, error) {
	if !readable(value) {
		return User{}, access.Actor{}, core.NotFound
	}
	u, _, err := s.live(ctx, feedPrefix+value, core.NotFound)
	if err != nil {
		return User{}, access.Actor{}, err
	}
	return u, u.actor(audit.API), nil
}
