package generator

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
)

func TestMain(m *testing.M) {
	Main()
	os.Exit(m.Run())
}

// running is a program that was started.
type running struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *json.Decoder
}

// begin starts a program and waits until it is ready, or says what it lacks.
func begin(t *testing.T, words string) (*running, Report) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{cmd: exec.Command(self, strings.Fields(words)...)}
	r.cmd.Env, r.cmd.Stderr = append(os.Environ(), Env), os.Stderr
	if r.stdin, err = r.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.out = json.NewDecoder(out)
	testkit.Start(t, r.cmd)
	return r, r.next(t)
}

func (r *running) next(t *testing.T) (told Report) {
	t.Helper()
	if err := r.out.Decode(&told); err != nil {
		t.Fatalf("%v: no report: %v", r.cmd.Args, err)
	}
	return told
}

// end lets the program end, and returns what it sent and received in how many flows.
func (r *running) end(t *testing.T) (sent, received uint64, flows int) {
	t.Helper()
	r.stdin.Close()
	told := r.next(t)
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("%v: %v", r.cmd.Args, err)
	}
	if told.Lacks != "" {
		testkit.KernelLacks(t, told.Lacks)
	}
	for i := range told.Flows {
		f := &told.Flows[i]
		if f.PID == 0 || f.Began == 0 || !f.Local.IsValid() || !f.Remote.IsValid() {
			t.Errorf("%v: got a flow %+v, want its process, its beginning and its ends", r.cmd.Args, f)
		}
		sent, received, flows = sent+f.Sent, received+f.Received, flows+1
	}
	return sent, received, flows
}

// TestPrograms has programs talk to each other, who have to agree.
func TestPrograms(t *testing.T) {
	for _, tt := range []struct {
		name           string
		serves, calls  string
		flows          int
		sent, received uint64 // by who calls
	}{
		{"a stream both ways", "accept -at 127.0.0.1:0 -send 300000", "connect -to $AT -send 500000 -size 40000", 1, 500000, 300000},
		{"a stream of IPv6", "accept -at [::1]:0", "connect -to $AT -send 1", 1, 1, 0},
		{"streams side by side", "accept -at 127.0.0.1:0 -send 10", "connect -to $AT -send 20 -count 5 -parallel 5", 5, 100, 50},
		{"streams one after the other", "accept -brief -at 127.0.0.1:0 -send 10", "connect -brief -to $AT -send 20 -count 5", 5, 100, 50},
		{"streams of processes", "accept -brief -at 127.0.0.1:0 -send 10", "spawn -brief -count 3 -- connect -brief -to $AT -send 20", 3, 60, 30},
		{"streams of children", "accept -fork -at 127.0.0.1:0 -send 10", "connect -to $AT -send 20 -count 2 -parallel 2", 2, 40, 20},
		{"sendfile", "accept -at 127.0.0.1:0 -how sendfile -send 150000", "connect -to $AT -how sendfile -send 250000 -size 100000", 1, 250000, 150000},
		{"splice", "accept -at 127.0.0.1:0 -how splice -send 150000", "connect -to $AT -how splice -send 250000 -size 10000", 1, 250000, 150000},
		{"io_uring", "accept -at 127.0.0.1:0 -how io_uring -send 150000", "connect -to $AT -how io_uring -send 250000 -size 100000", 1, 250000, 150000},
		{"io_uring with workers", "accept -at 127.0.0.1:0 -how io_uring+workers -send 1000", "connect -to $AT -how io_uring+workers -send 2000", 1, 2000, 1000},
		{"datagrams", "answer -at 127.0.0.1:0 -replies 2 -size 300", "ask -to $AT -count 20 -want 40 -every 1ms", 1, 20000, 12000},
		{"datagrams of IPv6 without connect", "answer -at [::1]:0 -replies 1 -size 300", "ask -to $AT -unconnected -count 5 -want 5", 1, 5000, 1500},
		{"many datagrams at a time", "answer -at 127.0.0.1:0 -replies 3 -how mmsg", "ask -to $AT -how mmsg -count 20 -want 60 -batch 20", 1, 20000, 60000},
		{"many datagrams of IPv6", "answer -at [::1]:0 -replies 1 -how mmsg", "ask -to $AT -how mmsg -unconnected -count 20 -want 20", 1, 20000, 20000},
		{"datagrams by io_uring", "answer -at 127.0.0.1:0 -replies 1", "ask -to $AT -how io_uring -count 20 -want 20", 1, 20000, 20000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server, ready := begin(t, tt.serves)
			client, _ := begin(t, strings.ReplaceAll(tt.calls, "$AT", ready.At.String()))
			if said := client.next(t); !said.Said && said.Lacks == "" {
				t.Errorf("got %+v, want that all was said", said)
			}
			server.stdin.Close()
			sent, received, flows := client.end(t)
			if sent != tt.sent || received != tt.received || flows != tt.flows {
				t.Errorf("who calls: got %d bytes sent, %d received in %d flows, want %d, %d, %d", sent, received, flows, tt.sent, tt.received, tt.flows)
			}
			sent, received, flows = server.end(t)
			if sent != tt.received || received != tt.sent || flows != tt.flows {
				t.Errorf("who serves: got %d bytes sent, %d received in %d flows, want %d, %d, %d", sent, received, flows, tt.received, tt.sent, tt.flows)
			}
		})
	}
}

// TestLacks: a program says what the kernel does not have.
func TestLacks(t *testing.T) {
	const unassigned = 200 // a protocol without streams
	if _, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unassigned); !errors.Is(err, unix.EPROTONOSUPPORT) {
		t.Fatalf("socket of protocol %d: got %v, want %v", unassigned, err, unix.EPROTONOSUPPORT)
	}
	r, told := begin(t, "accept -at 127.0.0.1:0 -proto 200")
	if told.Ready || !strings.Contains(told.Lacks, "200") {
		t.Errorf("got %+v, want that the protocol is lacking", told)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
