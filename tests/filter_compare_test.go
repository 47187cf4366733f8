package tests

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"sockeye/internal/testkit/cbpf"
	"sockeye/parse/filter"
)

// instructions returns a compiled program in the form of the plain interpreter.
func instructions(p *filter.Program) cbpf.Program {
	var plain cbpf.Program
	for _, in := range p.Instructions() {
		plain = append(plain, cbpf.Insn{Op: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K})
	}
	return plain
}

// A duel runs a program of ours and libpcap's on the same packets.
type duel struct {
	ours *filter.Program
	// theirs are libpcap's programs for the same text, optimised and, where it is
	// known, not. They differ on packets that were cut, where either is right.
	theirs []cbpf.Program
	pool   []cbpf.Packet
	kernel bool // give packets what the kernel knows beside their bytes
	loose  int  // packets on which only what aborts a program made a difference, or a word that it had not written
}

// run compares on n packets, and describes the first on which the programs
// differ.
func (d *duel) run(n int, r *rand.Rand) error {
	plain := instructions(d.ours)
	if err := plain.Check(); err != nil {
		return err
	}
	all := append([]cbpf.Program{plain}, d.theirs...)
	for range n {
		pkt := mutated(d.pool[r.IntN(len(d.pool))], r)
		if d.kernel {
			pkt.Protocol, pkt.Type, pkt.Ifindex = uint16(r.Uint32()), uint8(r.IntN(6)), uint32(r.IntN(20))
			pkt.Tagged, pkt.TCI = r.IntN(2) == 0, uint16(r.IntN(8)<<13|r.IntN(16))
		}
		if r.IntN(4) > 0 {
			all[r.IntN(len(all))].Steer(&pkt, r)
		}
		if err := d.compare(plain, &pkt); err != nil {
			return err
		}
	}
	return nil
}

// compare runs all programs on one packet.
func (d *duel) compare(plain cbpf.Program, pkt *cbpf.Packet) error {
	got := plain.Run(pkt)
	if !d.kernel {
		if ran := d.ours.Run(pkt.Data, pkt.Wire); ran != got.Return {
			return fmt.Errorf("Program.Run returned %d, want %d as a plain interpreter, on %x (%d on the wire)",
				ran, got.Return, pkt.Data, pkt.Wire)
		}
		if d.ours.Match(pkt.Data, pkt.Wire) != got.Matches() {
			return fmt.Errorf("Program.Match and Run differ on %x (%d on the wire)", pkt.Data, pkt.Wire)
		}
	}
	// The tests that nested fields imply are made in an order of our own, which
	// packets without whole headers can tell.
	const headers = 64
	aborted := got.Aborted && (len(d.theirs) == 1 || uint32(len(pkt.Data)) < max(pkt.Wire, headers))
	var want uint32
	for _, p := range d.theirs {
		o := p.Run(pkt)
		if o.Return == got.Return {
			return nil
		}
		want, aborted = o.Return, aborted || o.Aborted || o.Unwritten
	}
	if aborted {
		d.loose++
		return nil
	}
	return fmt.Errorf("got %d want %d on %x (%d on the wire); our program is %v", got.Return, want, pkt.Data, pkt.Wire, plain)
}

// rejectAll is the program that lets nothing through.
var rejectAll = cbpf.Program{{Op: 6}} // BPF_RET|BPF_K

// rejectsAll reports whether a program can only return 0.
func rejectsAll(p cbpf.Program) bool {
	for _, in := range p {
		if in.Op&7 == 6 && (in.Op != 6 || in.K != 0) {
			return false
		}
	}
	return true
}

// checkRefusal checks that an error says what is wrong, and where.
func checkRefusal(text string, err error) error {
	var e *filter.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("got %T want *filter.Error: %w", err, err)
	}
	if e.Text != text || e.Offset < 0 || e.Offset > len(text) || e.Reason == "" {
		return fmt.Errorf("got offset %d of %q, reason %q, want a place in the text and a reason", e.Offset, e.Text, e.Reason)
	}
	return nil
}
