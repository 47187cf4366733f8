package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/ebpf"
	"sockeye/track/proc"
)

// trials are what came of trying things. A nil error is for what works.
type trials struct {
	ring, smallRing error  // of the usual size, and of the least where that failed
	ringOn          string // the interface
	cut             error
	watcher         error
	hooks           []proc.Hook
	diag            error
	reach           proc.Reach

	seen, looked int // processes, and those of them whose open files can be listed
}

// try tries everything once, and leaves nothing behind.
func try(procRoot string) trials {
	var t trials
	t.tryRing()
	if cutter, err := ebpf.NewCutter(ebpf.CutOptions{Snaplen: capture.DefaultSnaplen, Headers: headersSnap}); err != nil {
		t.cut = err
	} else {
		_ = cutter.Close() // it was attached to nothing
	}
	if watcher, err := ebpf.NewWatcher(ebpf.WatchOptions{}); err != nil {
		t.watcher = err
	} else {
		t.hooks = watcher.Stats().Hooks
		_ = watcher.Close() // it has told nothing yet
	}
	if sockets, err := proc.NewSockets(); err != nil {
		t.diag = err
	} else {
		_ = sockets.Close() // nothing was written
	}
	var err error
	if t.reach, err = proc.TryReach(procRoot); err != nil {
		slog.Info("other network namespaces cannot be seen", "error", err)
	}
	t.seen, t.looked = lookInto(procRoot)
	return t
}

// tryRing opens a ring of the usual size on the loopback interface, or where there
// is none on the first that is up.
func (t *trials) tryRing() {
	all, err := link.List()
	if err != nil {
		t.ring = err
		return
	}
	var on link.Interface
	for _, i := range all {
		if i.Up && (on.Index == 0 || i.Loopback) {
			on = i
		}
	}
	if on.Index == 0 {
		t.ring = capture.ErrNoInterface
		return
	}
	t.ringOn = on.Name
	if t.ring = openAndClose(on, capture.DefaultRingBytes); t.ring != nil {
		t.smallRing = openAndClose(on, 2*minBlock)
	}
}

func openAndClose(on link.Interface, bytes int) error {
	sources, err := openLive(capture.Target{
		Name: on.Name, Index: on.Index, Type: on.Type, Link: on.Link, Loopback: on.Loopback, Queues: 1, RingBytes: bytes,
		Slot: func(int) (uint16, bool) { return 0, false },
	}, capture.Options{HeadersOnly: true})
	for _, s := range sources {
		_ = s.Close() // nothing was read
	}
	return err
}

// lookInto counts the processes below a mount of proc(5), those of the kernel left
// out, and of how many the sockets can be told: their open files can be listed, and
// where these lead can be read.
func lookInto(procRoot string) (seen, looked int) {
	entries, err := os.ReadDir(procRoot)
	if err != nil {
		return 0, 0
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		process := filepath.Join(procRoot, e.Name())
		if command, err := os.ReadFile(filepath.Join(process, "cmdline")); err != nil || len(command) == 0 {
			continue
		}
		_, errFiles := os.ReadDir(filepath.Join(process, "fd"))
		_, errLinks := os.Readlink(filepath.Join(process, "exe"))
		switch {
		case errors.Is(errFiles, fs.ErrPermission), errors.Is(errLinks, fs.ErrPermission):
			seen++
		case errFiles == nil && errLinks == nil: // otherwise it has ended
			seen++
			looked++
		}
	}
	return seen, looked
}
