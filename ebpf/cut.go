package ebpf

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"

	cebpf "github.com/cilium/ebpf"
)

// ErrNotSupported is returned where the kernel or the system cannot run the
// program.
var ErrNotSupported = errors.New("ebpf: not supported on this system")

// CutOptions are the settings of a Cutter.
type CutOptions struct {
	Snaplen uint32 // bytes passed of a packet in full
	Headers uint32 // bytes passed of a cut packet; more where the headers are longer
}

// A Cutter is a socket filter that passes the first 16 larger packets of each
// flow and direction in full, and of the rest the headers only. It begins anew
// with a TCP SYN and after 15 s to 150 s of silence (the kernel's tick decides).
// It never rejects a packet, except that of the two showings of a loopback
// frame it takes the received one.
//
// Its flow map has a fixed size (2 MiB). When more flows are active than it has
// room for, more packets pass in full.
type Cutter struct {
	objects cutObjects
}

// NewCutter loads the filter. It needs CAP_BPF or root, and Linux 5.6; the
// error matches fs.ErrPermission or ErrNotSupported accordingly.
func NewCutter(o CutOptions) (*Cutter, error) {
	if runtime.GOOS != "linux" {
		return nil, ErrNotSupported
	}
	spec, err := loadCut()
	if err != nil {
		return nil, fmt.Errorf("read packet cutter: %w", err)
	}
	for name, value := range map[string]any{
		cutVarSnap:    o.Snaplen,
		cutVarHeaders: o.Headers,
		cutVarSeed:    rand.Uint64(),
	} {
		if err := spec.Variables[name].Set(value); err != nil {
			return nil, fmt.Errorf("set %s of packet cutter: %w", name, err)
		}
	}
	var c Cutter
	if err := spec.LoadAndAssign(&c.objects, nil); err != nil {
		return nil, fmt.Errorf("load packet cutter: %w", notSupported(err))
	}
	return &c, nil
}

// FD returns the program's file descriptor, for SO_ATTACH_BPF. It is valid
// until Close; a socket that the program was attached to keeps the program.
func (c *Cutter) FD() int { return c.objects.Cut.FD() }

// Close lets go of the program and its map.
func (c *Cutter) Close() error { return c.objects.Close() }

// notSupported makes the library's word for a missing kernel feature ours.
func notSupported(err error) error {
	if errors.Is(err, cebpf.ErrNotSupported) {
		return errors.Join(ErrNotSupported, err)
	}
	return err
}
