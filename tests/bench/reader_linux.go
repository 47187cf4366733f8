package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sockeye/export"
)

// tally is a reader's own account of a run.
type tally struct {
	packets uint64 // read
	dropped uint64 // by the kernel, for lack of room
	exact   bool   // packets is a count and not an estimate
}

// reader is one of the programs that are compared.
type reader struct {
	name string
	args func(b *bench, iface string) []string // the command
	lag  time.Duration                         // how long the kernel may keep a packet back from it
	// tally reads the account from what the process printed; frame is the
	// length of all frames. Ask is called before the process is stopped, and
	// what it returns comes as asked.
	ask   func(b *bench) (string, error)
	tally func(p *process, out lines, asked string, frame int) (tally, error)
}

// pcapLag covers the longest time-out that these programs give libpcap, 1 s.
const pcapLag = 1100 * time.Millisecond

// ours and floor are the readers that every part compares.
const (
	ours  = "sockeye"
	floor = "minimal ring"
)

var readers = []reader{
	{
		name: ours,
		args: func(b *bench, iface string) []string { return []string{b.sockeye, "--json", "-i", iface} },
		lag:  100 * time.Millisecond,
		tally: func(_ *process, out lines, _ string, _ int) (tally, error) {
			var r export.Record
			if err := json.Unmarshal(out.last, &r); err != nil {
				return tally{}, fmt.Errorf("read last record: %w", err)
			}
			if !r.Final {
				return tally{}, fmt.Errorf("read last record: it is not final")
			}
			return tally{r.Totals.Packets, r.Drops.Kernel, true}, nil
		},
	},
	{
		name: floor,
		args: func(b *bench, iface string) []string { return []string{b.self, "minring", iface} },
		lag:  100 * time.Millisecond,
		tally: func(_ *process, out lines, _ string, _ int) (tally, error) {
			var t tally
			var bytes uint64
			if _, err := fmt.Sscanf(string(out.last), "%d packets %d bytes %d dropped", &t.packets, &bytes, &t.dropped); err != nil {
				return tally{}, fmt.Errorf("read counts: %w", err)
			}
			t.exact = true
			return t, nil
		},
	},
	{
		name: "tcpdump -w",
		args: func(_ *bench, iface string) []string {
			return []string{"tcpdump", "-i", iface, "-w", os.DevNull}
		},
		lag: pcapLag,
		tally: func(p *process, _ lines, _ string, _ int) (tally, error) {
			return numbers(p.stderr.String(), `(\d+) packets? captured`, `(\d+) packets? dropped by kernel`)
		},
	},
	{
		name: "iftop -t",
		args: func(_ *bench, iface string) []string {
			return []string{"iftop", "-t", "-n", "-N", "-B", "-i", iface}
		},
		lag:   pcapLag,
		tally: iftopTally,
	},
	{
		name: "softflowd",
		args: func(b *bench, iface string) []string {
			return []string{"softflowd", "-d", "-i", iface, "-m", "2000000",
				"-p", filepath.Join(b.scratch, "softflowd.pid"), "-c", b.control()}
		},
		lag: pcapLag,
		ask: func(b *bench) (string, error) {
			out, err := exec.Command("softflowctl", "-c", b.control(), "statistics").CombinedOutput()
			return string(out), err
		},
		tally: func(_ *process, _ lines, asked string, _ int) (tally, error) {
			return numbers(asked, `Packets processed: (\d+)`, `Packets dropped by libpcap: (\d+)`)
		},
	},
}

// control is softflowd's control socket.
func (b *bench) control() string { return filepath.Join(b.scratch, "softflowd.ctl") }

// present returns the readers that can be started here.
func (b *bench) present() []reader {
	var all []reader
	for _, r := range readers {
		if program := r.args(b, "")[0]; installed(program) {
			all = append(all, r)
		} else {
			b.out.note("%s is not installed (scripts/bench --install)", r.name)
		}
	}
	return all
}

// reader returns the reader of a name.
func (b *bench) reader(name string) reader {
	for _, r := range readers {
		if r.name == name {
			return r
		}
	}
	panic("no reader " + name)
}

func numbers(text, packets, dropped string) (tally, error) {
	t := tally{exact: true}
	for pattern, to := range map[string]*uint64{packets: &t.packets, dropped: &t.dropped} {
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if m == nil {
			return tally{}, fmt.Errorf("read counts: no %q in %q", pattern, text)
		}
		var err error
		if *to, err = strconv.ParseUint(m[1], 10, 64); err != nil {
			return tally{}, fmt.Errorf("read counts: %w", err)
		}
	}
	return t, nil
}

// iftopTally estimates: iftop prints how many bytes of IP it counted, rounded
// to three digits, and nothing of what the kernel dropped.
func iftopTally(_ *process, out lines, _ string, frame int) (tally, error) {
	const label = "Cumulative (sent/received/total):"
	for i := len(out.tail) - 1; i >= 0; i-- {
		rest, ok := strings.CutPrefix(out.tail[i], label)
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		total := fields[len(fields)-1]
		unit := strings.TrimLeft(total, "0123456789.")
		value, err := strconv.ParseFloat(strings.TrimSuffix(total, unit), 64)
		if err != nil {
			return tally{}, fmt.Errorf("read counts: %w", err)
		}
		scale := map[string]float64{"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[unit]
		return tally{packets: uint64(value * scale / float64(frame-14))}, nil
	}
	return tally{}, fmt.Errorf("read counts: no %q", label)
}
