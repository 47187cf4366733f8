package filter

func optimize(b *block) *block { return b }

// F3
type encap struct{}

func (g *gen) begin() error                     { return nil }
func (g *gen) prologue(root *block) *block      { return root }
func (g *gen) etherType(uint32) frag            { return g.never() }
func (g *gen) special(s *special) (frag, error) { return frag{}, fault(s, "not yet") }
func (g *gen) linkBroadcast(n interface{ pos() int }) (frag, error) {
	return frag{}, fault(n, "not yet")
}
func (g *gen) linkMulticast(n interface{ pos() int }) (frag, error) {
	return frag{}, fault(n, "not yet")
}
func (g *gen) linkHost(mac [8]byte, d dir, n interface{ pos() int }) (frag, error) {
	return frag{}, fault(n, "not yet")
}
func (g *gen) linkProto(p proto, n interface{ pos() int }) (frag, bool, error) {
	return frag{}, false, nil
}
func (g *gen) linkProtoValue(p proto, v uint32, n node) (frag, error) {
	return frag{}, fault(n, "not yet")
}
func (g *gen) inMPLS() bool { return false }

const (
	etherDECnet = 0x6003
	etherRARP   = 0x8035
)
