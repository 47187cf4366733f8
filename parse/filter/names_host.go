package filter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// hostTimeout is how long the look-up of one host name may take.
const hostTimeout = 5 * time.Second

// lookupHost returns the addresses of a host name, without zones and none twice.
// The resolver may be nil.
func lookupHost(r Resolver, name string) ([]netip.Addr, error) {
	if r == nil {
		r = net.DefaultResolver
	}
	ctx, cancel := context.WithTimeout(context.Background(), hostTimeout)
	defer cancel()
	found, err := r.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, hostError(name, err)
	}
	addrs := make([]netip.Addr, 0, len(found))
	for _, a := range found {
		if a = a.Unmap().WithZone(""); !slices.Contains(addrs, a) {
			addrs = append(addrs, a)
		}
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("host %s has no address", quote(name))
	}
	return addrs, nil
}

// hostError says which name it was, and why.
func hostError(name string, err error) error {
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &dns) && dns.IsTimeout:
		return fmt.Errorf("look up host %s: no answer within %v", quote(name), hostTimeout)
	case dns != nil && dns.IsNotFound:
		return fmt.Errorf("look up host %s: no such host", quote(name))
	}
	return fmt.Errorf("look up host %s: %w", quote(name), err)
}
