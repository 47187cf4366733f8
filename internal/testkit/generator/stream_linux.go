package generator

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// connect makes connections, and sends and receives on each until both ends have said
// all.
func (p *program) connect() error {
	p.ready()
	var running, sending sync.WaitGroup
	failures := make(chan error, p.count)
	places := make(chan struct{}, max(p.parallel, 1))
	for range p.count {
		places <- struct{}{}
		sending.Add(1)
		running.Go(func() {
			defer func() { <-places }()
			var once sync.Once
			defer once.Do(sending.Done)
			failures <- p.call(func() { once.Do(sending.Done) })
		})
	}
	sending.Wait()
	p.said()
	running.Wait()
	return firstOf(failures)
}

func firstOf(failures chan error) error {
	close(failures)
	for err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

// call makes one connection. Sent is called when all was sent on it.
func (p *program) call(sent func()) error {
	began := time.Now()
	fd, err := p.open(unix.SOCK_STREAM, p.proto, p.to)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Connect(fd, sockaddr(p.to)); err != nil {
		return fmt.Errorf("connect to %v: %w", p.to, err)
	}
	return p.talk(fd, began, sent)
}

// accept takes connections until the standard input has ended and none waits.
func (p *program) accept() error {
	fd, err := p.open(unix.SOCK_STREAM, p.proto, p.at)
	if err != nil {
		return err
	}
	if err := unix.Listen(fd, 1024); err != nil {
		return os.NewSyscallError("listen", err)
	}
	if err := p.readyAt(fd); err != nil {
		return err
	}
	var running sync.WaitGroup
	var failed error
	for p.waits(fd) {
		conn, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
		if err != nil {
			return os.NewSyscallError("accept", err)
		}
		began := time.Now()
		running.Go(func() {
			if err := p.handle(conn, began); err != nil {
				p.out.Lock()
				failed = err
				p.out.Unlock()
			}
		})
	}
	running.Wait()
	return failed
}

// waits waits for a connection. It reports false where there is none, and the standard
// input has ended.
func (p *program) waits(listener int) bool {
	for {
		last := p.over() // who called before that end is there by now
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}, int(pauses/time.Millisecond))
		if n > 0 {
			return true
		}
		if last && !errors.Is(err, unix.EINTR) {
			return false
		}
	}
}

// handle speaks on a connection that came in, or has a child do that, who alone has it
// then. It closes it.
func (p *program) handle(conn int, began time.Time) error {
	if !p.fork {
		defer unix.Close(conn)
		return p.talk(conn, began, func() {})
	}
	file := os.NewFile(uintptr(conn), "connection")
	cmd, err := itself("serve", "-fd", "3", "-send", strconv.Itoa(p.send), "-size", strconv.Itoa(p.size), "-every", p.every.String())
	if err != nil {
		return err
	}
	cmd.Stdin = os.Stdin // whose end all of them see
	cmd.ExtraFiles = []*os.File{file}
	return p.collect(cmd, func() { file.Close() })
}

// itself is a command that runs this executable.
func itself(args ...string) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// collect runs a program and takes its flows over. Started is called when it runs.
func (p *program) collect(cmd *exec.Cmd, started func()) error {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	started()
	for d := json.NewDecoder(out); ; {
		var r Report
		if d.Decode(&r) != nil {
			break
		}
		for i := range r.Flows {
			p.tell(&r.Flows[i])
		}
	}
	return cmd.Wait()
}

// serve speaks on a connection that another process has made.
func (p *program) serve() error {
	return p.talk(p.fd, time.Now(), func() {})
}

// talk sends what is to be sent on a connection, receives until the other end has said
// all, and tells of it. Sent is called when all was sent.
func (p *program) talk(fd int, began time.Time, sent func()) error {
	local, remote, err := ends(fd)
	if err != nil {
		return err
	}
	f := Flow{Proto: uint8(p.proto), Local: local, Remote: remote, Began: began.UnixNano()}
	if p.proto == 0 {
		f.Proto = unix.IPPROTO_TCP
	}
	w, err := newWay(p.how, fd)
	if err != nil {
		return err
	}
	var heard sync.WaitGroup
	var deaf error
	heard.Go(func() {
		for {
			n, err := w.receive()
			if n <= 0 || err != nil {
				deaf = err
				return
			}
			f.Received += uint64(n)
		}
	})
	for left := p.send; left > 0; left -= min(left, p.size) {
		n := min(left, p.size)
		if err := w.send(n); err != nil {
			return err
		}
		f.Sent += uint64(n)
		time.Sleep(p.every)
	}
	sent()
	if !p.brief {
		<-p.done
	}
	if err := unix.Shutdown(fd, unix.SHUT_WR); err != nil {
		return os.NewSyscallError("shutdown", err)
	}
	heard.Wait()
	p.tell(&f)
	return deaf
}

// spawn runs processes one after the other, each of which is this executable with the
// rest of the arguments.
func (p *program) spawn() error {
	p.ready()
	for range p.count {
		cmd, err := itself(p.rest...)
		if err != nil {
			return err
		}
		if err := p.collect(cmd, func() {}); err != nil {
			return err
		}
	}
	p.said()
	return nil
}
