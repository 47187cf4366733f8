package proc

import "fmt"

// Reach says how far sockets can be looked up beyond those of this process's own
// network namespace.
type Reach struct {
	Spaces  int // other network namespaces that there are
	Entered int // of these can be entered, for sock_diag
	Read    int // of the others, those whose tables in /proc can be read
	// NAT is why flows cannot be followed through the translation of addresses. It
	// matches errors.ErrUnsupported where the kernel tracks no connections,
	// fs.ErrPermission where CAP_NET_ADMIN is lacking, and is nil where they can.
	NAT error
}

// TryReach tries all of it, with the processes of the /proc that is mounted at root.
// It leaves nothing open.
func TryReach(root string) (Reach, error) {
	var r Reach
	if c, err := newConntrack(); err != nil {
		r.NAT = err
	} else if err := c.close(); err != nil {
		return r, fmt.Errorf("close conntrack: %w", err)
	}
	all, err := spaces(root)
	if err != nil {
		return r, err
	}
	for i := range all {
		s := &all[i]
		if s.own {
			continue
		}
		r.Spaces++
		if d, err := s.open(); err == nil {
			r.Entered++
			_ = d.close() // it has asked nothing
		} else if t, err := s.tables(); err == nil {
			r.Read++
			t.close()
		}
	}
	return r, nil
}
