package ebpf

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"syscall"

	cebpf "github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"sockeye/track/proc"
)

// mainHooks are the programs that tell of everything, by their names in the object, in
// the order in which they are attached.
var mainHooks = []string{
	watchProgInetSockSetState,
	watchProgSockSendLength,
	watchProgSockRecvLength,
	watchProgNetDevStartXmit,
	watchProgSchedProcessExec,
	watchProgSchedProcessExit,
	watchProgSockCreate,
	watchProgSockRelease,
	watchProgPostBind4,
	watchProgPostBind6,
	watchProgSockOps,
	watchProgTaskFile,
}

// standIns are used where the kernel has no tracepoints sock_send_length and
// sock_recv_length, that is before Linux 6.3.
var standIns = []string{
	watchProgConnect4,
	watchProgConnect6,
	watchProgSendmsg4,
	watchProgSendmsg6,
	watchProgRecvmsg4,
	watchProgRecvmsg6,
}

// since says which Linux has a hook that came later than the others.
var since = map[string]string{
	"tp_btf/sock_send_length":   "6.3",
	"tp_btf/sock_recv_length":   "6.3",
	"tp_btf/net_dev_start_xmit": "6.12", // with bpf_dynptr_from_skb in tracepoints
}

// A loader attaches programs for a Watcher.
type loader struct {
	w       *Watcher
	spec    *cebpf.CollectionSpec
	without []string
	cgroup  *os.File // nil where there is none, and then
	noGroup error    // says why
}

// attachAll attaches all hooks that this kernel has.
func (w *Watcher) attachAll(spec *cebpf.CollectionSpec, without []string) error {
	l := loader{w: w, spec: spec, without: without}
	var part error
	if l.cgroup, part, l.noGroup = openCgroup(); l.cgroup != nil {
		defer l.cgroup.Close()
	}
	l.attach(mainHooks)
	if !w.has("tp_btf/sock_send_length") || !w.has("tp_btf/sock_recv_length") {
		l.attach(standIns)
	}
	if part != nil {
		w.hooks = append(w.hooks, proc.Hook{Name: "cgroup2", Err: part})
	}
	return w.essential()
}

// has reports whether a hook is attached.
func (w *Watcher) has(name string) bool {
	return slices.ContainsFunc(w.hooks, func(h proc.Hook) bool { return h.Name == name && h.Err == nil })
}

// essential returns why there is no use in the other hooks, nil where there is: every
// kernel that can do anything here has the one that tells of TCP.
func (w *Watcher) essential() error {
	for _, h := range w.hooks {
		if h.Name == "tp_btf/inet_sock_set_state" && h.Err != nil {
			return fmt.Errorf("attach %s: %w", h.Name, h.Err)
		}
	}
	return nil
}

// attach loads programs and attaches each to its hook, which its section names.
func (l *loader) attach(programs []string) {
	loaded, failed := l.load(programs)
	for _, name := range programs {
		spec := l.spec.Programs[name]
		err := failed[name]
		if program := loaded[name]; program != nil {
			err = l.hang(program, spec)
			program.Close() // the link keeps it
		}
		l.w.hooks = append(l.w.hooks, proc.Hook{Name: spec.SectionName, Err: hookError(spec.SectionName, err)})
	}
}

// load loads programs: all at once, which is quick, and where that fails one by one.
func (l *loader) load(programs []string) (loaded map[string]*cebpf.Program, failed map[string]error) {
	failed = map[string]error{}
	wanted := slices.Clone(programs)
	for _, name := range programs {
		if slices.Contains(l.without, l.spec.Programs[name].SectionName) {
			failed[name] = absentError{"left out"}
		} else if l.spec.Programs[name].Type != cebpf.Tracing && l.cgroup == nil {
			failed[name] = l.noGroup
		}
	}
	wanted = slices.DeleteFunc(wanted, func(name string) bool { return failed[name] != nil })
	if loaded, err := l.collect(wanted...); err == nil {
		return loaded, failed
	}
	loaded = map[string]*cebpf.Program{}
	for _, name := range wanted {
		one, err := l.collect(name)
		if err != nil {
			failed[name] = err
			continue
		}
		loaded[name] = one[name]
	}
	return loaded, failed
}

// hookError makes of what the library says of a hook what people need of it.
func hookError(name string, err error) error {
	var absent absentError
	var refused *cebpf.VerifierError
	var errno syscall.Errno
	switch {
	case errors.As(err, &absent):
		return absent
	case errors.Is(err, cebpf.ErrNotSupported):
		if since[name] != "" {
			return absentError{"Linux " + since[name] + " and later have it"}
		}
		return absentError{"this kernel has it not"}
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &errno):
		return errno
	}
	return err
}

// An absentError says what this system has not. It matches ErrNotSupported.
type absentError struct{ text string }

func (e absentError) Error() string        { return e.text }
func (e absentError) Is(target error) bool { return target == ErrNotSupported }

// collect loads some of the programs, with the maps that the Watcher has.
func (l *loader) collect(programs ...string) (map[string]*cebpf.Program, error) {
	spec := l.spec.Copy()
	maps.DeleteFunc(spec.Programs, func(name string, _ *cebpf.ProgramSpec) bool { return !slices.Contains(programs, name) })
	c, err := cebpf.NewCollectionWithOptions(spec, cebpf.CollectionOptions{MapReplacements: l.w.maps.Maps})
	if err != nil {
		return nil, err
	}
	for _, m := range c.Maps {
		m.Close() // a duplicate; the programs keep the maps
	}
	return c.Programs, nil
}

// hang attaches a program to its hook.
func (l *loader) hang(program *cebpf.Program, spec *cebpf.ProgramSpec) (err error) {
	var at link.Link
	switch {
	case spec.AttachType == cebpf.AttachTraceIter:
		l.w.files, err = link.AttachIter(link.IterOptions{Program: program})
		at = l.w.files
	case spec.Type == cebpf.Tracing:
		at, err = link.AttachTracing(link.TracingOptions{Program: program})
	default:
		at, err = link.AttachRawLink(link.RawLinkOptions{Target: int(l.cgroup.Fd()), Program: program, Attach: spec.AttachType})
	}
	if err != nil {
		return err
	}
	l.w.links = append(l.w.links, at)
	return nil
}
