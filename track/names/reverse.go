package names

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// What a Reverse does unless it is told otherwise.
const (
	reverseWorkers = 4
	reverseQueue   = 256
	reverseCache   = 10000
	reverseHolds   = 10 * time.Minute // a name
	reverseFails   = time.Minute      // that there is none
	reverseTimeout = 5 * time.Second  // of one look-up
	reverseLinger  = 30 * time.Second // of a port that was used, for answers that come late
)

// A Resolver finds the names of addresses; *net.Resolver is one.
type Resolver interface {
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// ReverseOptions change what a Reverse does; zero values are the defaults.
type ReverseOptions struct {
	Workers, Queue, Cache int
	Holds, Fails          time.Duration
	Resolver              Resolver         // that of the system's resolv.conf
	Now                   func() time.Time // for tests
}

// Reverse asks DNS for the names of addresses. It tells the network what is
// looked at, so it is only made for who wants that. It may be used from any
// goroutine, and blocks none.
type Reverse struct {
	o      ReverseOptions
	cancel context.CancelFunc
	done   sync.WaitGroup
	queue  chan netip.Addr
	cache  *lru.Cache[netip.Addr, reversed]
	ports  ports

	mu      sync.Mutex
	pending map[netip.Addr]struct{} // in the queue, or being looked up: as many as the queue holds and workers are
	closed  bool
}

// reversed is what a look-up said; name is empty where there is none.
type reversed struct {
	name string
	at   time.Time
}

// NewReverse starts the workers. Close ends them.
func NewReverse(o ReverseOptions) *Reverse {
	o.Workers = orElse(o.Workers, reverseWorkers)
	o.Queue = orElse(o.Queue, reverseQueue)
	o.Cache = orElse(o.Cache, reverseCache)
	o.Holds = orElse(o.Holds, reverseHolds)
	o.Fails = orElse(o.Fails, reverseFails)
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Reverse{o: o, queue: make(chan netip.Addr, o.Queue), pending: map[netip.Addr]struct{}{}}
	r.ports = ports{now: o.Now, open: map[uint16]int{}, used: map[uint16]time.Time{}}
	if r.o.Resolver == nil {
		r.o.Resolver = &net.Resolver{PreferGo: true, Dial: r.ports.dial}
	}
	cache, err := lru.New[netip.Addr, reversed](o.Cache)
	if err != nil {
		panic("names: " + err.Error()) // a negative size
	}
	r.cache = cache
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(context.Background())
	for range o.Workers {
		r.done.Go(func() { r.work(ctx) })
	}
	return r
}

func orElse[T int | time.Duration](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}

// Name returns the name of an address if it is known, and has it looked up
// otherwise: it is known some time later. When the queue is full, the next call
// tries again. An old name is returned while it is looked up anew. A nil Reverse
// knows no names.
func (r *Reverse) Name(addr netip.Addr) (Name, bool) {
	if r == nil {
		return Name{}, false
	}
	addr = addr.Unmap().WithZone("")
	known, ok := r.cache.Get(addr)
	holds := r.o.Holds
	if known.name == "" {
		holds = r.o.Fails
	}
	if !ok || r.o.Now().Sub(known.at) > holds {
		r.ask(addr)
	}
	if known.name == "" {
		return Name{}, false
	}
	return Name{Name: known.name, Source: ReverseDNS, At: known.at.UnixNano(), Expires: known.at.Add(holds).UnixNano()}, true
}

// ask puts an address into the queue, unless it is there or cannot have a name.
func (r *Reverse) ask(addr netip.Addr) {
	switch Scope(addr) {
	case "PUBLIC", "PRIVATE", "CGNAT", "UNIQUE-LOCAL":
	default:
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, waits := r.pending[addr]; waits || r.closed {
		return
	}
	select {
	case r.queue <- addr:
		r.pending[addr] = struct{}{}
	default:
	}
}

// Own reports whether a local port is, or was in the last half minute, one of
// which addresses were asked for: flows of DNS from there are the program's own.
// What a resolver on this machine asks in turn, to answer that, is not.
func (r *Reverse) Own(port uint16) bool { return r != nil && r.ports.own(port) }

// Close stops the workers, look-ups under way included, and waits for them.
func (r *Reverse) Close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.queue)
	}
	r.mu.Unlock()
	r.cancel()
	r.done.Wait()
}

// work looks up what is in the queue.
func (r *Reverse) work(ctx context.Context) {
	for addr := range r.queue {
		if ctx.Err() != nil {
			return
		}
		name := r.lookUp(ctx, addr)
		if ctx.Err() == nil {
			r.cache.Add(addr, reversed{name, r.o.Now()})
		}
		r.mu.Lock()
		delete(r.pending, addr)
		r.mu.Unlock()
	}
}

// lookUp returns the first of an address's names in the order of the alphabet, as
// servers give several in any order.
func (r *Reverse) lookUp(ctx context.Context, addr netip.Addr) string {
	ctx, cancel := context.WithTimeout(ctx, reverseTimeout)
	defer cancel()
	names, err := r.o.Resolver.LookupAddr(ctx, addr.String())
	if err != nil {
		return ""
	}
	first := ""
	for _, name := range names {
		if name = canonical(name); hostName(name) && (first == "" || name < first) {
			first = name
		}
	}
	return first
}

// hostName reports whether what a stranger calls an address is fit to be shown
// as a host's name.
func hostName(name string) bool {
	return name != "" && name != "." && len(name) <= 253 && !strings.ContainsFunc(name, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"'<>&\;,()`, c)
	})
}

// ports are the local ports of the look-ups' sockets.
type ports struct {
	now  func() time.Time
	mu   sync.Mutex
	open map[uint16]int       // how many sockets have it
	used map[uint16]time.Time // when the last one was closed
}

func (p *ports) own(port uint16) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[port] > 0 {
		return true
	}
	closed, ok := p.used[port]
	return ok && p.now().Sub(closed) < reverseLinger
}

// dial is net.Resolver's Dial: it notes the port until the connection is closed,
// and some time beyond.
func (p *ports) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	local, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil {
		return c, nil // no port: a Unix socket
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[local.Port()]++
	if packet, ok := c.(*net.UDPConn); ok {
		return &ownPacketConn{packet, p, local.Port()}, nil
	}
	return &ownConn{c, p, local.Port()}, nil
}

// release notes that a socket with a port was closed.
func (p *ports) release(port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.open[port]--; p.open[port] <= 0 {
		delete(p.open, port)
	}
	for other, closed := range p.used { // few: what was used in the last half minute
		if now.Sub(closed) >= reverseLinger {
			delete(p.used, other)
		}
	}
	p.used[port] = now
}

// ownConn is a connection that gives its port back.
type ownConn struct {
	net.Conn
	ports *ports
	port  uint16
}

func (c *ownConn) Close() error {
	c.ports.release(c.port)
	return c.Conn.Close()
}

// ownPacketConn is one of UDP: the resolver sends lengths to what is no
// net.PacketConn.
type ownPacketConn struct {
	*net.UDPConn
	ports *ports
	port  uint16
}

func (c *ownPacketConn) Close() error {
	c.ports.release(c.port)
	return c.UDPConn.Close()
}
