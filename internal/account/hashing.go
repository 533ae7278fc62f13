package account

import (
	"context"
	"runtime"
	"sync"
	"time"

	"tongpin/internal/core"
)

// A bench is where passwords are hashed: a few at a time, so that the rest of
// the machine goes on, and a bounded number waiting, of which one address may
// be a few. Who finds no place, or waits too long, is told to come back.
type bench struct {
	turns   chan struct{}
	most    int // waiting or hashing, all together
	perPeer int

	mu    sync.Mutex
	all   int
	peers map[string]int
}

// hashing leaves one processor to everybody else.
var hashing = newBench(min(max(runtime.GOMAXPROCS(0)-1, 1), 4), 64, 8)

const hashingWait = 10 * time.Second

func newBench(turns, most, perPeer int) *bench {
	return &bench{turns: make(chan struct{}, turns), most: most, perPeer: perPeer, peers: map[string]int{}}
}

// sit takes a place; false if there is none. Work without an address, such as
// the command line's, counts towards the whole alone.
func (b *bench) sit(peer string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all >= b.most || peer != "" && b.peers[peer] >= b.perPeer {
		return false
	}
	b.all++
	if peer != "" {
		b.peers[peer]++
	}
	return true
}

func (b *bench) leave(peer string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all--
	if peer == "" {
		return
	}
	if b.peers[peer]--; b.peers[peer] == 0 {
		delete(b.peers, peer)
	}
}

// take waits for a turn; done gives it back.
func (b *bench) take(ctx context.Context, peer string) (done func(), err error) {
	busy := core.Fail(core.Unavailable, "account.busy")
	if !b.sit(peer) {
		return nil, busy
	}
	patience := time.NewTimer(hashingWait)
	defer patience.Stop()
	select {
	case b.turns <- struct{}{}:
		return func() { <-b.turns; b.leave(peer) }, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-patience.C:
		err = busy
	}
	b.leave(peer)
	return nil, err
}
