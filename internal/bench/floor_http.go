package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// A floorMember is what the floor's program reads and writes.
type floorMember struct {
	Name, Sex, Born, IDNumber, Phone, Status string
	Org                                      int
	Joined, Education, Position              string
}

// A floorWrite adds a member, or gives the one with that id another position,
// and waits for its commit.
type floorWrite struct {
	id     int
	member floorMember
	done   chan error
}

// together is how many writes the floor commits at once.
const together = 128

// groupCommit writes what arrives, as many at once as wait, until the channel
// is closed.
func (f *floor) groupCommit() chan floorWrite {
	queue := make(chan floorWrite, 2*together)
	go func() {
		for first := range queue {
			batch := []floorWrite{first}
			for more := true; more && len(batch) < together; {
				select {
				case w, open := <-queue:
					if more = open; open {
						batch = append(batch, w)
					}
				default:
					more = false
				}
			}
			err := f.write(batch)
			for _, w := range batch {
				w.done <- err
			}
		}
	}()
	return queue
}

func (f *floor) write(batch []floorWrite) error {
	tx, err := f.db.Begin()
	if err != nil {
		return err
	}
	for _, w := range batch {
		if w.id > 0 {
			_, err = tx.Exec(`UPDATE members SET position = ? WHERE id = ?`, w.member.Position, w.id)
		} else {
			err = insertMember(tx, w.member)
		}
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func insertMember(tx *sql.Tx, m floorMember) error {
	res, err := tx.Exec(floorInsert, nil, m.Name, m.Sex, m.Born, m.IDNumber, m.Phone, m.Status, m.Org+1, "1.", 1, "", m.Joined, m.Education, m.Position)
	if err != nil {
		return err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO names(rowid, words) VALUES(?, ?)`, id, spaced(m.Name))
	return err
}

// handler is the floor's program over HTTP: it asks nobody who he is.
func (f *floor) handler(write chan floorWrite) http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /member/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(r.PathValue("id")) // 0 is nobody
		all, err := f.members(r.Context(), id)
		reply(w, http.StatusOK, all, err)
	})
	change := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			in := floorWrite{done: make(chan error, 1)}
			in.id, _ = strconv.Atoi(r.PathValue("id")) // 0 is somebody new
			err := json.NewDecoder(r.Body).Decode(&in.member)
			if err == nil {
				write <- in
				err = <-in.done
			}
			reply(w, status, in.member, err)
		}
	}
	m.HandleFunc("POST /member", change(http.StatusCreated))
	m.HandleFunc("PATCH /member/{id}", change(http.StatusOK))
	return m
}

func (f *floor) members(ctx context.Context, id int) (all []floorMember, err error) {
	rows, err := f.db.QueryContext(ctx, `SELECT `+floorColumns+` FROM members m WHERE id = ?`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m floorMember
		var path string
		var district int
		if err := rows.Scan(&id, &m.Name, &m.Sex, &m.Born, &m.IDNumber, &m.Phone, &m.Status, &m.Org, &path, &district, &m.Joined, &m.Education, &m.Position); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

func reply(w http.ResponseWriter, status int, out any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out)
}
