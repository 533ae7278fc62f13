package db

import "context"

// presume gives SQLite's planner statistics for the indexes that have none. It
// would otherwise think that realm_id, which leads every index and is mostly
// one value, picks out ten rows, and read a whole index where an id was given.
// The first column is presumed to tell nothing apart, the second much, each
// further one more. ANALYZE replaces what is presumed of tables that have rows.
//
// Histograms (sqlite_stat4) are dropped: with them each statement is compiled
// again when its parameters are known, and one text has several plans.
func presume(ctx context.Context, tx *Tx) error {
	if tx.engine == postgresEngine {
		return nil
	}
	for _, statement := range []string{
		`ANALYZE sqlite_schema`, // makes the table where it is not
		`DROP TABLE IF EXISTS sqlite_stat4`,
		`DELETE FROM sqlite_stat1 WHERE stat LIKE '0 0%'`, // a partial index that was empty
		`INSERT INTO sqlite_stat1 (tbl, idx, stat)
			SELECT m.tbl_name, m.name, '100000' || (
				SELECT group_concat(CASE WHEN c.seqno = 0 AND c.name = 'realm_id' THEN ' 100000' WHEN l."unique" AND c.seqno = n.most THEN ' 1' WHEN c.seqno < 2 THEN ' 40' ELSE ' 4' END, '')
				FROM (SELECT seqno, name FROM pragma_index_info(m.name) ORDER BY seqno) c,
					(SELECT max(seqno) AS most FROM pragma_index_info(m.name)) n,
					pragma_index_list(m.tbl_name) l WHERE l.name = m.name)
			FROM sqlite_schema m
			WHERE m.type = 'index' AND NOT EXISTS (SELECT 1 FROM sqlite_stat1 s WHERE s.tbl = m.tbl_name AND s.idx = m.name)`,
		`ANALYZE sqlite_schema`, // reads the table again
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (d *DB) presume(ctx context.Context) error {
	return d.Tx(ctx, func(tx *Tx) error { return presume(ctx, tx) })
}
