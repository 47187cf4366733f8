package proc

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"sync"
	"time"

	"sockeye/parse"
)

// ownSpace is the inode of this process's network namespace, 0 where it cannot be told.
func ownSpace() uint64 {
	info, err := os.Stat(threadNetNS)
	if err != nil {
		return 0
	}
	return infoID(info).ino
}

// openProcfs opens /proc, and returns where it is mounted.
func openProcfs(root string) (facts, string, error) {
	from, err := newProcfs(root)
	if err != nil {
		return nil, "", err
	}
	return from, from.root, nil
}

// openDiag opens sock_diag in this process's network namespace.
func openDiag() (socketTables, error) { return newDiag() }

// openOthers prepares the look into other network namespaces, and into the translation
// of addresses between them and the world. Events tell of other namespaces themselves.
func (s *sources) openOthers(mode Mode) {
	s.nat = new(lateTranslator)
	if mode == OnlyEBPF {
		return
	}
	root := s.files.root
	s.spaces = func() ([]otherSpace, error) { return otherSpaces(root, mode) }
}

// openSpace opens the tables of another namespace as the Mode permits.
func openSpace(s *space, mode Mode) (socketTables, error) {
	if mode != OnlyProc {
		t, err := s.open()
		if err == nil || mode == OnlyDiag || !errors.Is(err, fs.ErrPermission) {
			return t, err
		}
	}
	return s.tables()
}

// ownTables opens the text tables of this process's network namespace.
func ownTables() (socketTables, error) { return newTables("/proc", int32(os.Getpid())) }

// nameless marks the id of a namespace whose inode may not be read: it is made of
// another inode then, which is as unique.
const nameless = 1 << 63

// otherSpaces lists the network namespaces besides the own one. The error is why
// some of them have no addresses here.
func otherSpaces(root string, mode Mode) ([]otherSpace, error) {
	all, err := spaces(root)
	if err != nil {
		return nil, err
	}
	var others []otherSpace
	var lacking error
	for i := range all {
		s := &all[i]
		if s.own {
			continue
		}
		other := otherSpace{id: s.netns, open: func() (socketTables, error) { return openSpace(s, mode) }}
		if other.id == 0 {
			other.id = nameless | s.net
		}
		if other.addrs, err = s.addrs(); err != nil {
			lacking = err
			other.addrs = []netip.Addr{}
		}
		others = append(others, other)
	}
	return others, lacking
}

// translatorAgain is how often it is tried whether connections are tracked by now.
const translatorAgain = 10 * time.Second

// lateTranslator is a conntrack that is opened as soon as there is one: container
// engines begin the tracking when they start.
type lateTranslator struct {
	mu   sync.Mutex
	conn *conntrack
	next time.Time
	err  error
}

func (l *lateTranslator) find(k *parse.Key) (other parse.Key, swapped, ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		now := time.Now()
		if now.Before(l.next) {
			return other, false, false, l.err
		}
		l.next = now.Add(translatorAgain)
		if l.conn, l.err = newConntrack(); l.err != nil {
			l.conn = nil
			return other, false, false, l.err
		}
	}
	return l.conn.find(k)
}

func (l *lateTranslator) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return nil
	}
	return l.conn.close()
}
