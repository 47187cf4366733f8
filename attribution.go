package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"

	"sockeye/config"
	"sockeye/parse"
	"sockeye/track/proc"
)

// ownerFlags say how owners of flows and sockets are found.
type ownerFlags struct {
	Attribution string    `group:"Owners:" enum:"${attributions}" default:"auto" placeholder:"WAY" help:"How owners are found: ${attributionlist} (default auto: the best way there is, then the next)."`
	MaxSockets  socketCap `group:"Owners:" placeholder:"N" help:"Open sockets that are remembered for eBPF (default 65536)."`
	Hash        bool      `group:"Owners:" negatable:"" help:"SHA-256 of the executables of processes, in JSON."`
}

func (f *ownerFlags) apply(conf *config.Config, given map[string]bool) {
	setting(&f.Attribution, conf.Attribution, given["attribution"])
	setting(&f.MaxSockets, amount[socketCap](conf.MaxSockets), given["max-sockets"])
	setting(&f.Hash, conf.Hash, given["hash"])
}

// socketCap is the value of --max-sockets.
type socketCap int

// UnmarshalText reads decimal digits.
func (n *socketCap) UnmarshalText(text []byte) (err error) {
	*n, err = readNumber[socketCap](text, config.MostSockets)
	return err
}

// needed returns an error where no owners shall be found for a command that is about
// them.
func (f *ownerFlags) needed(command string) error {
	if f.Attribution != proc.NoneAtAll.String() {
		return nil
	}
	return &usageError{
		err:  fmt.Errorf("sockeye %s needs another way of attribution than off", command),
		hint: "leave out --attribution, and the key attribution of the configuration file",
	}
}

// open returns what finds owners, nil where none shall be found. The addresses that
// local tells are this machine's; told is what packets tell, nil for nothing. Notify is
// told, once each, what cannot be used.
func (f *ownerFlags) open(local func(netip.Addr) bool, told *parse.Processes, notify func(proc.Notice)) (*owners, error) {
	mode, err := proc.ParseMode(f.Attribution)
	if err != nil || mode == proc.NoneAtAll {
		return nil, err
	}
	var lacks proc.Notice
	conf := proc.Config{Mode: mode, Local: local, Told: told, Hash: f.Hash, Sockets: int(f.MaxSockets), Notify: notify}
	if mode == proc.Auto || mode == proc.OnlyEBPF {
		conf.Watcher, err = newWatcher()
		switch {
		case err == nil && conf.Watcher != nil:
			lacks = withoutCgroups(conf.Watcher.Stats().Hooks)
		case err == nil: // eBPF is not of this system
		case mode == proc.OnlyEBPF:
			return nil, fmt.Errorf("find owners by eBPF: %w", err)
		default:
			lacks = proc.Notice{Text: "owners without eBPF: " + err.Error(), Hint: hintOf(err)}
		}
	}
	if lacks.Text != "" {
		notify(lacks)
	}
	found, err := proc.New(conf)
	if err != nil {
		return nil, err
	}
	return &owners{found, lacks}, nil
}

// withoutCgroups tells that a program on cgroups could not be attached, the zero Notice
// where all are. Other programs may be missing in older kernels, and
// nobody can help that.
func withoutCgroups(hooks []proc.Hook) proc.Notice {
	for _, h := range hooks {
		if h.Err != nil && strings.HasPrefix(h.Name, "cgroup/") {
			return proc.Notice{Text: "owners by eBPF without cgroups: " + h.Err.Error(), Hint: "sockeye doctor says what helps"}
		}
	}
	return proc.Notice{}
}

// owners is an Attributor that knows why there is no eBPF, or not all of it.
type owners struct {
	*proc.Attributor
	lacks proc.Notice // zero where nothing is lacking, or no eBPF was wanted
}

// Stats returns counts since the start, and which sources there are.
func (o *owners) Stats() proc.Stats {
	s := o.Attributor.Stats()
	for i := range s.Sources {
		if of := &s.Sources[i]; of.Source == proc.FromEBPF && of.Why == "" {
			of.Why, of.Hint = o.lacks.Text, o.lacks.Hint
		}
	}
	return s
}

// hinted is an error that knows the way out.
type hinted interface {
	error
	Hint() string
}

// hintOf returns what an error says that helps, "" for nothing.
func hintOf(err error) string {
	if h, ok := errors.AsType[hinted](err); ok {
		return h.Hint()
	}
	return ""
}

// notice writes what should be known of the search for owners.
func (a *app) notice(n proc.Notice) {
	fmt.Fprintf(a.stderr, "note: %s\n", oneLine(n.Text))
	if n.Hint != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", oneLine(n.Hint))
	}
}

// addresses are those of this machine, which change meanwhile.
type addresses struct {
	all atomic.Pointer[map[netip.Addr]struct{}]
}

// set replaces them.
func (a *addresses) set(all []netip.Addr) {
	set := make(map[netip.Addr]struct{}, len(all))
	for _, addr := range all {
		set[addr.WithZone("").Unmap()] = struct{}{}
	}
	a.all.Store(&set)
}

// has reports whether an address is one of them. It may be called by several
// goroutines.
func (a *addresses) has(addr netip.Addr) bool {
	if addr.IsLoopback() {
		return true
	}
	all := a.all.Load()
	if all == nil {
		return false
	}
	_, ok := (*all)[addr.WithZone("").Unmap()]
	return ok
}
