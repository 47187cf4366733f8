// Package generator is what tests have talk over the network, as programs of their own.
// Each counts what it sent and received and says so at its end, so that what a capture
// tells can be held against it.
//
// A test's program becomes one of these where its environment says so:
//
//	func TestMain(m *testing.M) {
//		generator.Main()
//		os.Exit(m.Run())
//	}
//
// Copies of it under other names are other executables to whoever looks for owners.
package generator

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Env is the variable of the environment that makes a test's program one of these.
const Env = "SOCKEYE_GENERATOR=1"

// Report is what a program prints, one JSON object a line: when it is ready, of one that
// calls others when it has said all and heard what it wants, and what it did at its end.
type Report struct {
	Ready bool           `json:"ready,omitempty"`
	At    netip.AddrPort `json:"at,omitzero"`    // who serves: where
	Said  bool           `json:"said,omitempty"` // its sockets stay open until the standard input ends
	Flows []Flow         `json:"flows,omitempty"`
	Lacks string         `json:"lacks,omitempty"` // what the kernel does not have that the program needs
}

// Flow is what one process did with one other end.
type Flow struct {
	PID           int            `json:"pid"`
	Proto         uint8          `json:"proto"`
	ID            uint16         `json:"id,omitempty"` // of echo, its identifier
	Local, Remote netip.AddrPort // Local's address is unspecified where the program did not choose one
	Sent          uint64         `json:"sent"` // bytes of payload
	Received      uint64         `json:"received"`
	Frames        uint64         `json:"frames,omitempty"` // bytes of the frames that were injected
	Began         int64          `json:"began"`            // ns since the Unix epoch
}

// program is one run.
type program struct {
	at, to      netip.AddrPort // of its own end, of the other one
	proto       int
	how         string // in what way it sends and receives
	count       int    // connections, datagrams or processes
	parallel    int    // connections at a time
	send        int    // bytes on each connection
	size        int    // of a datagram, or of what is written at once
	every       time.Duration
	batch       int  // datagrams between two pauses
	want        int  // datagrams that shall come back
	replies     int  // datagrams for each that came
	brief       bool // sockets are closed at once
	reuse       bool
	unconnected bool
	fork        bool
	fd          int
	device      string
	mac, peer   string
	rest        []string

	out  sync.Mutex
	told Report
	done chan struct{} // closed when the standard input is at its end
}

// roles are the programs by name.
var roles = map[string]func(*program) error{
	"connect": (*program).connect,
	"accept":  (*program).accept,
	"serve":   (*program).serve,
	"ask":     (*program).ask,
	"answer":  (*program).answer,
	"ping":    (*program).ping,
	"inject":  (*program).inject,
	"spawn":   (*program).spawn,
}

// Main does nothing unless the environment has Env. Then the process is the program
// that its arguments name, and ends with it.
func Main() {
	if !slices.Contains(os.Environ(), Env) {
		return
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		os.Exit(1)
	}
	os.Exit(0)
}

// longest is how long a program may take.
const longest = 2 * time.Minute

// run is a whole run with its arguments: the role, then flags.
func run(args []string) error {
	if len(args) == 0 || roles[args[0]] == nil {
		return fmt.Errorf("unknown role in %q", args)
	}
	p := &program{done: make(chan struct{})}
	if err := p.flags(args); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that counts
		close(p.done)
	}()
	time.AfterFunc(longest, func() { // nothing here waits for long, unless packets were lost
		fmt.Fprintf(os.Stderr, "%s: no end after %v\n", os.Args[0], longest)
		os.Exit(1)
	})
	err := roles[args[0]](p)
	var lacks *lackError
	if errors.As(err, &lacks) {
		p.told.Lacks, err = lacks.Error(), nil
	}
	if err != nil {
		return err
	}
	p.print(&p.told)
	return nil
}

func (p *program) flags(args []string) error {
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.TextVar(&p.at, "at", netip.AddrPort{}, "own end")
	f.TextVar(&p.to, "to", netip.AddrPort{}, "other end")
	f.IntVar(&p.proto, "proto", 0, "protocol number; 0 is TCP of streams, UDP of datagrams")
	f.StringVar(&p.how, "how", "", "way of sending and receiving")
	f.IntVar(&p.count, "count", 1, "connections, datagrams or processes")
	f.IntVar(&p.parallel, "parallel", 1, "connections at a time")
	f.IntVar(&p.send, "send", 0, "bytes on each connection")
	f.IntVar(&p.size, "size", 1000, "bytes of a datagram, or of what is written at once")
	f.DurationVar(&p.every, "every", 0, "pause between what is sent at once")
	f.IntVar(&p.batch, "batch", 8, "datagrams between two pauses")
	f.IntVar(&p.want, "want", 0, "datagrams that shall come back")
	f.IntVar(&p.replies, "replies", 0, "datagrams for each that came")
	f.BoolVar(&p.brief, "brief", false, "close sockets at once, not when the standard input ends")
	f.BoolVar(&p.reuse, "reuse", false, "share the own end (SO_REUSEADDR, SO_REUSEPORT)")
	f.BoolVar(&p.unconnected, "unconnected", false, "datagrams without connect(2)")
	f.BoolVar(&p.fork, "fork", false, "each connection is a child's")
	f.IntVar(&p.fd, "fd", 0, "the connection that a child was given")
	f.StringVar(&p.device, "device", "", "interface to inject through")
	f.StringVar(&p.mac, "mac", "", "own MAC address")
	f.StringVar(&p.peer, "peer", "", "MAC address of the other end")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	p.rest = f.Args()
	return nil
}

// ready says that other programs may begin.
func (p *program) ready() { p.print(&Report{Ready: true}) }

// readyAt says at what end of a socket they may.
func (p *program) readyAt(fd int) error {
	own, err := unix.Getsockname(fd)
	if err != nil {
		return os.NewSyscallError("getsockname", err)
	}
	p.print(&Report{Ready: true, At: addrPort(own)})
	return nil
}

func (p *program) print(r *Report) {
	p.out.Lock()
	defer p.out.Unlock()
	_ = json.NewEncoder(os.Stdout).Encode(r) // whoever waits for it sees that it is missing
}

// tell adds a flow to the report.
func (p *program) tell(f *Flow) {
	if f.PID == 0 {
		f.PID = os.Getpid()
	}
	p.out.Lock()
	defer p.out.Unlock()
	p.told.Flows = append(p.told.Flows, *f)
}

// said says that all was sent, and waits for the standard input to end.
func (p *program) said() {
	p.print(&Report{Said: true})
	if !p.brief {
		<-p.done
	}
}

// over reports whether the standard input has ended.
func (p *program) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// lackError: the kernel does not have what a program needs.
type lackError struct {
	what string
	err  error
}

func (e *lackError) Error() string { return e.what + ": " + e.err.Error() }
func (e *lackError) Unwrap() error { return e.err }
