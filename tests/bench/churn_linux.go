package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/export"
	"sockeye/internal/testkit/churn"
)

// Addresses of the two ends of the pair, and how many ports the server has.
const (
	clientAddr  = "10.88.0.1"
	serverAddr  = "10.88.0.2"
	serverPorts = 16
)

// couple is the lab with a server behind the pair of interfaces, in a network namespace
// of its own: what is measured is on the side of the clients.
type couple struct {
	program string // the generator
	server  *process
}

// newCouple moves the main thread into a fresh lab. The caller closes the couple.
func (b *bench) newCouple() (*couple, error) {
	c := &couple{program: filepath.Join(b.scratch, "churn")}
	if err := churn.Build(c.program); err != nil {
		return nil, err
	}
	if err := lab(); err != nil {
		return nil, err
	}
	var err error
	if c.server, err = start("unshare", "--net", "--", c.program, "server", strconv.Itoa(serverPorts)); err != nil {
		return nil, err
	}
	if err := c.join(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// with runs a part that needs a couple.
func with(part func(*bench, *couple) error) func(*bench) error {
	return func(b *bench) error {
		c, err := b.newCouple()
		if err != nil {
			return err
		}
		return errors.Join(part(b, c), c.close())
	}
}

// join gives the other end of the pair to the server.
func (c *couple) join() error {
	select {
	case <-c.server.first: // it is in its own namespace by now
	case <-time.After(5 * time.Second):
		return fmt.Errorf("the server does not start: %s", &c.server.stderr)
	}
	pid := strconv.Itoa(c.server.cmd.Process.Pid)
	there := slices.Clip([]string{"nsenter", "--target", pid, "--net", "ip"})
	return runAll([][]string{
		{"ip", "link", "set", peer, "netns", pid},
		{"ip", "addr", "add", clientAddr + "/24", "dev", iface},
		append(there, "link", "set", "lo", "up"),
		append(there, "addr", "add", serverAddr+"/24", "dev", peer),
		append(there, "link", "set", peer, "up"),
	})
}

func (c *couple) close() error {
	_, err := c.server.stop()
	return err
}

// churn runs the generator to its end, and returns what it says that it did.
func (c *couple) churn(args ...string) (*churn.Truth, error) {
	cmd := exec.Command(c.program, args...)
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run generator: %w: %s", err, &errs)
	}
	return churn.Read(bytes.NewReader(out))
}

// hold starts processes that hold sockets, and returns once they have them. They end
// when stop is called.
func (c *couple) hold(processes, tcp, udp, rate int) (stop func(), err error) {
	cmd := exec.Command(c.program, "hold", serverAddr, strconv.Itoa(serverPorts),
		strconv.Itoa(processes), strconv.Itoa(tcp), strconv.Itoa(udp), strconv.Itoa(rate))
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start generator: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start generator: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start generator: %w", err)
	}
	stop = func() {
		stdin.Close()
		_ = cmd.Wait() // of no interest
	}
	held := make([]byte, processes*len("held\n"))
	if _, err := io.ReadFull(out, held); err != nil || strings.Count(string(held), "held\n") != processes {
		stop()
		return nil, fmt.Errorf("hold sockets: not all processes have theirs (%w)", err)
	}
	return stop, nil
}

// witness is sockeye while it captures for the record that it writes last, in which
// every flow is.
type witness struct{ *process }

// witness starts one.
func (b *bench) witness(args ...string) (witness, error) {
	const never = "24h"
	p, err := start(b.sockeye, append([]string{"--json", "-i", iface, "--interval", never, "--top", "0",
		"--timeout", "tcp-syn=1h,tcp-fin=1h,tcp-time-wait=1h,tcp-closed=1h"}, args...)...)
	if err != nil {
		return witness{}, err
	}
	if err := p.ready(); err != nil {
		_, stopped := p.stop()
		return witness{}, errors.Join(err, stopped)
	}
	return witness{p}, nil
}

// kill ends it, whatever it has to say.
func (w witness) kill() error {
	_, err := w.stop()
	return err
}

// last ends it and returns its last record.
func (w witness) last() (*export.Record, error) {
	out, err := w.stop()
	if err != nil {
		return nil, err
	}
	r := new(export.Record)
	if err := json.Unmarshal(out.last, r); err != nil || !r.Final {
		return nil, fmt.Errorf("read last record: %w: %s", err, &w.stderr)
	}
	return r, nil
}
