package main

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"sockeye/ebpf"
)

// examine tries what this machine lets the program do.
func (d *diagnosis) examine() {
	d.System.Kernel = strings.TrimSpace(text(os.DirFS("/"), "proc/sys/kernel/osrelease"))
	j := newJudge()
	j.trials = try(j.Proc)
	d.System.rights = *j.rights
	d.add(j.packets(), j.payload(), j.filters(), j.compiler())
	d.add(j.events(), j.types(), j.cgroup(), j.lockdown())
	d.add(j.tables(), j.processes(), j.namespaces(), j.translations())
}

// judge says what rights and trials mean for the user.
type judge struct {
	*rights
	trials
	modern  bool // Linux 5.8 or later: it has cap_bpf and cap_perfmon
	charged bool // before Linux 5.11: memory of eBPF counts as locked
}

// newJudge knows the rights of this process. It has tried nothing yet.
func newJudge() *judge {
	r := ownRights()
	return &judge{rights: &r, modern: kernelAtLeast(5, 8), charged: !kernelAtLeast(5, 11)}
}

func (j *judge) packets() finding {
	f := finding{Group: groupCapture, Name: "packets", job: capturing, State: works,
		Means: "packets can be captured: tried on " + j.ringOn}
	switch {
	case errors.Is(j.ring, syscall.ENOMEM) && j.smallRing == nil:
		f.State, f.Means = limited, "there is memory for small rings only: packets may be lost"
		f.Why, f.Fix = oneLine(j.ring.Error()), "sockeye --ring-size 1MiB"
	case j.ring != nil:
		f.State, f.Means, f.Why, f.Fix = fails, "packets cannot be captured", oneLine(j.ring.Error()), hintFor(j.ring)
		if errors.Is(j.ring, fs.ErrPermission) {
			f.Fix = j.grant(capNetRaw)
		}
	}
	return f
}

func (j *judge) payload() finding {
	f := finding{Group: groupCapture, Name: "payload", State: works,
		Means: "the kernel cuts packets to their headers once nobody wants more"}
	if j.cut == nil {
		return f
	}
	f.State, f.Means, f.Why = limited, "all packets are read in full, which costs more CPU", oneLine(j.cut.Error())
	switch {
	case errors.Is(j.cut, fs.ErrPermission):
		f.Why, f.Fix = "eBPF is not permitted", j.permitBPF(capBPF)
	case errors.Is(j.cut, ebpf.ErrNotSupported):
		f.Fix = "Linux 5.6 or later"
	}
	return f
}

// filters looks at the memory that a socket has for its filter
// (sk_filter_charge): the default was 20,480 bytes before Linux 6.7.
func (j *judge) filters() finding {
	const least = 20480
	f := finding{Group: groupCapture, Name: "filters", State: works, Means: "the kernel runs those of -f"}
	value, known := j.Sysctls["net.core.optmem_max"]
	if n, err := strconv.Atoi(value); known && err == nil && n < least {
		f.State, f.Means = limited, "the kernel refuses long filters"
		f.Why, f.Fix = "net.core.optmem_max is "+value, "sudo sysctl -w net.core.optmem_max=131072"
	}
	return f
}

func (j *judge) compiler() finding {
	f := finding{Group: groupCapture, Name: "BPF compiler", State: works, Means: "filters run as machine code"}
	if j.Sysctls["net.core.bpf_jit_enable"] == "0" {
		f.State, f.Means = limited, "filters are interpreted, which costs more CPU"
		f.Why, f.Fix = "net.core.bpf_jit_enable is 0", "sudo sysctl -w net.core.bpf_jit_enable=1"
	}
	return f
}
