package db

// Waiting is how many transactions wait for their turn to write.
func (d *DB) Waiting() int { return int(d.writer.waiting.Load()) }
