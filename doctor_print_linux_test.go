package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// sick is a diagnosis with all that a text can show.
func sick() *diagnosis {
	const setcap = "sudo setcap cap_net_admin,cap_net_raw,cap_perfmon,cap_bpf+ep /home/someone/bin/sockeye"
	d := &diagnosis{Schema: doctorSchema, System: system{Version: "v1.2.3", OS: "linux", Arch: "arm64", Kernel: "6.12.9", UID: 1000,
		rights: rights{UserNS: true, Effective: capNetRaw, OfFile: capNetRaw, File: "/home/someone/bin/sockeye"}}}
	d.add(
		finding{Group: groupCapture, Name: "packets", State: fails, job: capturing, Fix: setcap,
			Means: "packets cannot be captured", Why: "open lo: socket: operation not permitted (needs CAP_NET_RAW)"},
		finding{Group: groupCapture, Name: "payload", State: limited, Fix: setcap,
			Means: "all packets are read in full, which costs more CPU", Why: "eBPF is not permitted"},
		finding{Group: groupOwners, Name: "eBPF", State: limited, job: attributes,
			Means: "the kernel tells whose most sockets are, as they are used", Why: "3 of 4 hooks could not be attached",
			Parts: []part{{"iter/task_file", works, ""}, {"cgroup/connect4", fails, "attach connect4: no such file or directory"},
				{"sockops", fails, "too old"}, {"cgroup/connect6", fails, "attach connect6: no such file or directory"}}},
		finding{Group: groupSettings, Name: "configuration", State: works, Means: "/home/someone/.config/sockeye/config.yaml"},
	)
	d.conclude()
	return d
}

func TestPrintDiagnosis(t *testing.T) {
	var out bytes.Buffer
	if err := printDiagnosis(&out, sick()); err != nil {
		t.Fatal(err)
	}
	golden(t, "doctor.txt", out.String())
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if n := utf8.RuneCountInString(line); n > doctorWidth && !strings.HasPrefix(strings.TrimSpace(line), "fix: ") {
			t.Errorf("%d columns, want %d at most: %q", n, doctorWidth, line)
		}
	}
}
