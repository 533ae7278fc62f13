package intake

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Over returns the batches that were uploaded before an instant and still hold
// the names and values of their rows. It is for the rule of retention.
func (s *Service) Over(ctx context.Context, q db.Querier, realm core.RealmID, before time.Time) ([]core.ID, error) {
	return db.All(ctx, q, func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) }, `
		SELECT b.id FROM batches b
		WHERE b.realm_id = $1 AND b.created_at < $2
			AND EXISTS (SELECT 1 FROM batch_rows r WHERE r.realm_id = b.realm_id AND r.batch_id = b.id AND r.title <> '')`,
		realm, db.Instant(before))
}

// Empty removes the files of batches, with the names and values that were kept
// of their rows; that there was a batch, and what it did, stays. A file is gone
// also when the transaction fails: the next run empties the rows.
func (s *Service) Empty(ctx context.Context, tx *db.Tx, realm core.RealmID, batches []core.ID) error {
	for _, id := range batches {
		file, err := db.One(ctx, tx, func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) },
			`SELECT file_id FROM batches WHERE realm_id = $1 AND id = $2`, realm, id)
		if err != nil {
			return err
		}
		if err := s.Files.Discard(file); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE batch_rows SET title = '', place = '', problems = '', changes = '', undo = NULL WHERE realm_id = $1 AND batch_id = $2`, realm, id); err != nil {
			return err
		}
	}
	return nil
}
