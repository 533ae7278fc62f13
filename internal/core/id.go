package core

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// A RealmID names a realm: one root of ownership, usually a city. It leads
// every key. An embedded instance has realm 1.
type RealmID int64

// An ID is a 63-bit integer made by us: 41 bits of milliseconds since
// 2024-01-01, 10 bits of node, 12 of sequence. It is ordered by time, known
// before the insert and the same on both engines. People and addresses see it
// as 13 characters of Crockford base32.
type ID int64

// The identifiers that every slice refers to; others live beside what they
// name.
type (
	// OrgID names an organisation.
	OrgID ID
	// EnterpriseID names an enterprise.
	EnterpriseID ID
	// PersonID names a person.
	PersonID ID
	// UserID names an account.
	UserID ID
)

var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// A minter makes ids; two calls never return the same one.
type minter struct {
	mu   sync.Mutex
	node int64
	last int64 // milliseconds
	seq  int64
}

var mint = newMinter()

func newMinter() *minter {
	var b [2]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // without randomness two processes would mint the same ids
	}
	return &minter{node: int64(binary.BigEndian.Uint16(b[:]) & 0x3ff)}
}

// NewID returns an id of the instant now. Ids of one process are unique and
// rise even when the clock stands still or goes back.
func NewID(now time.Time) ID {
	m := mint
	m.mu.Lock()
	defer m.mu.Unlock()
	ms := now.UnixMilli() - epoch
	switch {
	case ms > m.last:
		m.last, m.seq = ms, 0
	case m.seq == 0xfff:
		m.last, m.seq = m.last+1, 0
	default:
		m.seq++
	}
	return MakeID(m.last, m.node, m.seq)
}

// MakeID returns the id of a millisecond since 2024-01-01, a node (0–1023) and
// a sequence number (0–4095); data that must come out the same each time, such
// as the example's, is numbered with it.
func MakeID(ms, node, seq int64) ID { return ID(ms<<22 | node<<12 | seq) }

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// String returns the 13 characters people see.
func (i ID) String() string {
	var b [13]byte
	for n, v := 12, uint64(i); n >= 0; n, v = n-1, v>>5 {
		b[n] = crockford[v&31]
	}
	return string(b[:])
}

// ParseID reads what String writes, in either case and with O for 0, I or L
// for 1. What is no id names nothing: the error is NotFound.
func ParseID(s string) (ID, error) {
	if len(s) != 13 {
		return 0, NotFound
	}
	var v uint64
	for _, c := range strings.ToUpper(s) {
		switch c {
		case 'O':
			c = '0'
		case 'I', 'L':
			c = '1'
		}
		n := strings.IndexRune(crockford, c)
		if n < 0 || v>>58 != 0 {
			return 0, NotFound
		}
		v = v<<5 | uint64(n)
	}
	if v == 0 || v>>63 != 0 {
		return 0, NotFound
	}
	return ID(v), nil
}

// MarshalText writes the 13 characters, or nothing for no id.
func (i ID) MarshalText() ([]byte, error) {
	if i == 0 {
		return nil, nil
	}
	return []byte(i.String()), nil
}

// String returns the 13 characters people see.
func (i OrgID) String() string { return ID(i).String() }

// String returns the 13 characters people see.
func (i EnterpriseID) String() string { return ID(i).String() }

// String returns the 13 characters people see.
func (i PersonID) String() string { return ID(i).String() }

// String returns the 13 characters people see.
func (i UserID) String() string { return ID(i).String() }

// MarshalText writes the 13 characters, or nothing for no id.
func (i OrgID) MarshalText() ([]byte, error) { return ID(i).MarshalText() }

// MarshalText writes the 13 characters, or nothing for no id.
func (i EnterpriseID) MarshalText() ([]byte, error) { return ID(i).MarshalText() }

// MarshalText writes the 13 characters, or nothing for no id.
func (i PersonID) MarshalText() ([]byte, error) { return ID(i).MarshalText() }

// MarshalText writes the 13 characters, or nothing for no id.
func (i UserID) MarshalText() ([]byte, error) { return ID(i).MarshalText() }
