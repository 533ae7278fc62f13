package intake

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Expire removes the files of batches that are older than 90 days, with the
// names and values that were kept of their rows; that there was a batch, and
// what it did, stays. It returns how many batches it emptied. It is for the
// start of the program and for every day after.
func (s *Service) Expire(ctx context.Context) (int, error) {
	type old struct{ batch, file core.ID }
	var all []old
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		all, err = db.All(ctx, tx, func(r db.Row) (o old, err error) { return o, r.Scan(&o.batch, &o.file) }, `
			SELECT b.id, b.file_id FROM batches b
			WHERE b.created_at < $1 AND EXISTS (SELECT 1 FROM batch_rows r WHERE r.realm_id = b.realm_id AND r.batch_id = b.id AND r.title <> '')`,
			db.Instant(s.Now().AddDate(0, 0, -refuseDays-1)))
		return err
	})
	for i, o := range all {
		if err == nil {
			err = s.Files.Discard(o.file)
		}
		if err == nil {
			err = s.forget(ctx, o.batch)
		}
		if err != nil {
			return i, err
		}
	}
	return len(all), err
}

// forget empties the rows of a batch.
func (s *Service) forget(ctx context.Context, batch core.ID) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE batch_rows SET title = '', place = '', problems = '', changes = '', undo = NULL WHERE batch_id = $1`, batch)
		return err
	})
}
