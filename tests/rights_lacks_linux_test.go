package tests

import (
	"syscall"
	"testing"

	"sockeye/internal/testkit"
)

// lack is something that a run has to do without: capabilities that are out of its
// bounding set, and what a script hides in its mount namespace.
type lack struct {
	drop string
	hide string
}

var (
	noBTF = lack{hide: "mount -t tmpfs none /sys/kernel/btf"}
	// Where cgroup2 is all of /sys/fs/cgroup, or beside the first version.
	noCgroup2 = lack{hide: `while read -r _ _ _ _ point _; do case $point in /sys/fs/cgroup*) echo "$point" ;; esac; done </proc/self/mountinfo |
		sort -r | while read -r point; do umount -l "$point"; done`}
	noBPF     = lack{drop: "-bpf,-perfmon,-sys_admin"}
	noPtrace  = lack{drop: "-sys_ptrace,-dac_read_search,-dac_override"}
	noPackets = lack{drop: "-net_raw"}
)

// without returns the words that run a program as root without it.
func (l lack) without(program ...string) []string {
	words := []string{"unshare", "--mount", "--", "sh", "-ec", l.hide + "\n" + `exec "$@"`, "sh"}
	if l.drop != "" {
		words = append(words, "setpriv", "--bounding-set="+l.drop, "--inh-caps="+l.drop, "--")
	}
	return append(words, program...)
}

// TestLacks captures where something is missing: the next best source finds the
// owners, a note says so once, and packets are counted as ever.
func TestLacks(t *testing.T) {
	for _, c := range []struct {
		name   string
		lack   lack
		source string // of both owners
		known  bool   // the processes; otherwise the users alone
		notes  int    // about eBPF
	}{
		{"BTF", noBTF, "sock_diag", true, 1},
		{"cgroup2", noCgroup2, "ebpf", true, 1},
		{"eBPF", noBPF, "sock_diag", true, 1},
		{"other processes", lack{drop: noBPF.drop + "," + noPtrace.drop}, "sock_diag", false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			w, r := s.watch(t, c.lack.without(testkit.Binary(t))...)
			for user, k := range map[string]talker{"root": s.root, "nobody": s.nobody} {
				p, a := k.owner(r)
				if c.known {
					checkTalker(t, user, k, p, a, c.source, user)
				} else {
					checkUser(t, user, p, a, user)
				}
			}
			before := r.Totals.Packets
			w.awaitPackets(before + 20)
			w.signal(syscall.SIGINT)
			if code := w.wait(); code != 0 {
				t.Errorf("got exit code %d, want 0: %s", code, w.errors())
			}
			if told := notes(w.errors(), "note", "eBPF"); len(told) != c.notes {
				t.Errorf("got %q of eBPF in the notes, want %d", told, c.notes)
			}
		})
	}
}
