package proc

import "errors"

// ownSpace is 0: there is one network, and it has no number.
func ownSpace() uint64 { return 0 }

// openProcfs opens what tells of processes. There is no folder that has them.
func openProcfs(root string) (facts, string, error) {
	p, err := newProcfs(root)
	if err != nil {
		return nil, "", err
	}
	return p, "", nil
}

// openDiag opens the tables of sockets.
func openDiag() (socketTables, error) {
	d, err := newDiag()
	if err != nil {
		return nil, err
	}
	return d, nil
}

// ownTables returns errors.ErrUnsupported: there are no others.
func ownTables() (socketTables, error) { return nil, errors.ErrUnsupported }

// openOthers opens nothing: there are no other networks, and the states of pf(4), which
// translates addresses on macOS, are root's and have no stable form.
func (s *sources) openOthers(Mode) {}
