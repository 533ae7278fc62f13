package account

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"tongpin/internal/core"
)

// TestTheBenchHasRoomForOthers: one address cannot take every place, a full
// bench says so at once, and who leaves gives the place back.
func TestTheBenchHasRoomForOthers(t *testing.T) {
	b := newBench(1, 5, 2)
	ctx, cancel := context.WithCancel(t.Context())
	done, err := b.take(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan error, 4)
	for i, peer := range []string{"a", "b", "c", ""} {
		go func() {
			_, err := b.take(ctx, peer)
			answers <- err
		}()
		for seated := 0; seated < i+2; runtime.Gosched() {
			b.mu.Lock()
			seated = b.all
			b.mu.Unlock()
		}
		if i == 0 {
			if _, err := b.take(ctx, "a"); core.MsgOf(err).Key != "account.busy" {
				t.Errorf("a third place for one address: got %v", err)
			}
		}
	}
	if _, err := b.take(ctx, "e"); core.MsgOf(err).Key != "account.busy" {
		t.Errorf("a full bench: got %v", err)
	}
	cancel()
	for range cap(answers) {
		if err := <-answers; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	done()
	if again, err := b.take(t.Context(), "a"); err != nil {
		t.Errorf("places are not given back: %v", err)
	} else {
		again()
	}
	if b.all != 0 || len(b.peers) != 0 {
		t.Errorf("%d places of %v are still taken", b.all, b.peers)
	}
}

// TestHashingLeavesAProcessor: with more than one there is always one that no
// password keeps busy.
func TestHashingLeavesAProcessor(t *testing.T) {
	if n := cap(hashing.turns); n < 1 || n >= runtime.GOMAXPROCS(0) && n > 1 {
		t.Errorf("%d at a time on %d processors", n, runtime.GOMAXPROCS(0))
	}
}
