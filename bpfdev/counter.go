package bpfdev

// A counter follows a kernel counter of 32 bits beyond its overflow. It must
// be fed at least once in 2^32 events.
type counter struct {
	total uint64
	last  uint32
}

// update takes a reading.
func (c *counter) update(now uint32) {
	c.total += uint64(now - c.last)
	c.last = now
}
