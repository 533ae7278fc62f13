package web

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// A body must come at slowest bytes a second, counted from patience after its
// head; whoever is slower is hung up on (security.md row 38).
const (
	patience = 15 * time.Second
	slowest  = 1 << 10
	longest  = 5 * time.Minute // for a whole request, however quick
)

// paced moves the deadline of a connection on as its body arrives.
type paced struct {
	io.ReadCloser
	deadline func(time.Time) error
	due, end time.Time
}

// pace guards the body of a request. A writer without a connection, as in
// tests, has no deadline.
func pace(w http.ResponseWriter, r *http.Request, now time.Time, wait time.Duration) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &paced{r.Body, http.NewResponseController(w).SetReadDeadline, now.Add(wait), now.Add(longest)}
	}
}

func (p *paced) Read(b []byte) (int, error) {
	due := p.due
	if p.end.Before(due) {
		due = p.end
	}
	_ = p.deadline(due) // only a writer without a connection refuses
	n, err := p.ReadCloser.Read(b)
	p.due = p.due.Add(time.Duration(n) * time.Second / slowest)
	return n, err
}

// perAddress is how many connections one address may hold open.
const perAddress = 256

// Gate returns a listener that hangs up on an address that holds too many
// connections. A proxy of ours may hold any number.
func (s *Server) Gate(l net.Listener) net.Listener {
	return &gate{Listener: l, free: s.Proxies, most: perAddress, open: map[netip.Addr]int{}}
}

type gate struct {
	net.Listener
	free []netip.Prefix
	most int
	mu   sync.Mutex
	open map[netip.Addr]int
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		at, err := netip.ParseAddrPort(c.RemoteAddr().String())
		addr := at.Addr().Unmap()
		if err != nil || slices.ContainsFunc(g.free, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			return c, nil
		}
		if g.enter(addr) {
			return &counting{Conn: c, leave: sync.OnceFunc(func() { g.exit(addr) })}, nil
		}
		_ = c.Close() // it knows why
	}
}

func (g *gate) enter(a netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[a] >= g.most {
		return false
	}
	g.open[a]++
	return true
}

func (g *gate) exit(a netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[a]--; g.open[a] == 0 {
		delete(g.open, a)
	}
}

// counting is a connection that is counted until it is closed.
type counting struct {
	net.Conn
	leave func()
}

func (c *counting) Close() error {
	c.leave()
	return c.Conn.Close()
}
