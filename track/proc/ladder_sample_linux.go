package proc

import (
	"fmt"

	"sockeye/parse"
)

// ofAProcess are the states in which a process may have a TCP socket that does not
// listen: all but TIME_WAIT, CLOSE, LISTEN, and half open (net/tcp_states.h).
const ofAProcess = 1<<1 | 1<<2 | 1<<4 | 1<<5 | 1<<8 | 1<<9 | 1<<11

// connected hands over the sockets of TCP that have two ends and may be a process's,
// and all of UDP. After many short connections these are few, and those in TIME_WAIT
// many.
func (d *diag) connected(each func(*Socket)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range [...]diagQuery{
		{family: afInet, proto: parse.ProtoTCP, states: ofAProcess},
		{family: afInet6, proto: parse.ProtoTCP, states: ofAProcess},
		{family: afInet, proto: parse.ProtoUDP},
		{family: afInet6, proto: parse.ProtoUDP},
	} {
		if err := d.list(q, each); err != nil {
			return fmt.Errorf("list connected sockets: %w", err)
		}
	}
	return nil
}
