package account

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/audit"
)

// Denied journals, on its own, that somebody asked for a page and was refused:
// route is the pattern of the page, never its address, so that the entry holds
// nothing personal but who asked. Changes that are refused are journalled by
// the service that refuses them.
func (s *Service) Denied(ctx context.Context, who access.Actor, route string, cause error) error {
	return audit.Refused(ctx, s.DB, s.Now(), audit.Entry{By: who.By(), Action: "page.open", Subject: "page", Note: route}, cause)
}
