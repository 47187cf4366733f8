package tests

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// doctor is what `sockeye doctor --json` writes, as far as it is looked at here.
type doctor struct {
	Schema string `json:"schema"`
	Works  bool   `json:"works"`
	System struct {
		UID  int    `json:"uid"`
		BTF  bool   `json:"btf"`
		File string `json:"file"`
	} `json:"system"`
	Checks []struct {
		Group, Name, State, Means, Why, Fix string
	} `json:"checks"`
}

// state returns the state of a check, and all that is said of it.
func (d *doctor) state(name string) (state, words string) {
	for _, c := range d.Checks {
		if c.Name == name {
			return c.State, strings.Join([]string{c.Means, c.Why, c.Fix}, "; ")
		}
	}
	return "", ""
}

// consult runs the doctor by a command and checks that it hangs together: the exit
// code says whether the main job can be done, and an error what stands in its way.
func consult(t *testing.T, cmd *exec.Cmd) *doctor {
	t.Helper()
	cmd.Args = append(cmd.Args, "doctor", "--json")
	r := testkit.Run(t, cmd)
	d := new(doctor)
	if err := json.NewDecoder(bytes.NewReader([]byte(r.Stdout))).Decode(d); err != nil {
		t.Fatalf("%v: %v\nstdout: %s\nstderr: %s", cmd.Args, err, r.Stdout, r.Stderr)
	}
	if d.Schema != "sockeye.doctor/1" || d.Works != (r.Code == 0) || d.Works != (r.Stderr == "") {
		t.Errorf("got schema %q, works %v with exit code %d, stderr %q", d.Schema, d.Works, r.Code, r.Stderr)
	}
	if !d.Works && (r.Code != 1 || !strings.HasPrefix(r.Stderr, "error: ")) {
		t.Errorf("got exit code %d, stderr %q, want 1 and an error", r.Code, r.Stderr)
	}
	for _, c := range d.Checks {
		if c.Group == "" || c.Means == "" || c.State != "ok" && c.Why == "" || c.State == "ok" && c.Fix != "" {
			t.Errorf("a check that says too little or too much: %+v", c)
		}
	}
	return d
}

// TestDoctor asks the doctor with the rights that there are: of whoever runs the test.
func TestDoctor(t *testing.T) {
	d := consult(t, exec.Command(testkit.Binary(t)))
	if d.System.File != testkit.Binary(t) {
		t.Errorf("got the program %q, want %q", d.System.File, testkit.Binary(t))
	}
	text := testkit.Run(t, exec.Command(testkit.Binary(t), "doctor"))
	for _, c := range d.Checks {
		if !strings.Contains(text.Stdout, "\n  "+c.State+strings.Repeat(" ", 9-len(c.State))+c.Name) {
			t.Errorf("the text has no %s %s:\n%s", c.State, c.Name, text.Stdout)
		}
	}
}

// TestDoctorRights asks it as nobody with what scripts/setcap gives, and checks that
// what it says helps is what gives it.
func TestDoctorRights(t *testing.T) {
	for _, c := range []struct {
		name   string
		setcap []string
		want   map[string]string
	}{
		{"none", []string{"-r"}, map[string]string{"packets": "no", "payload": "limited", "eBPF": "no", "sock_diag": "ok", "processes": "limited"}},
		{"least", []string{"--min"}, map[string]string{"packets": "ok", "payload": "limited", "eBPF": "no", "sock_diag": "ok", "processes": "limited"}},
		{"usual", nil, map[string]string{"packets": "ok", "payload": "ok", "eBPF": "ok", "sock_diag": "ok", "processes": "limited"}},
		{"before Linux 5.8", []string{"--sys-admin"}, map[string]string{"packets": "ok", "payload": "ok", "eBPF": "ok", "processes": "limited"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			testkit.Root(t)
			file := withCaps(t, c.setcap...)
			d := consult(t, testkit.NewNetns(t).Command(asNobody[0], append(asNobody[1:], file)...))
			for name, want := range c.want {
				if got, words := d.state(name); got != want {
					t.Errorf("%s: got %q (%s), want %q", name, got, words, want)
				}
			}
			if state, words := d.state("eBPF"); state == "no" && !strings.Contains(words, "sudo setcap cap_net_admin,cap_net_raw,cap_perfmon,cap_bpf+ep "+file) {
				t.Errorf("eBPF: got %q, want the command that gives the rights", words)
			}
		})
	}
}

// TestDoctorLacks asks it as root where something is hidden, and looks at what it says
// of it.
func TestDoctorLacks(t *testing.T) {
	for _, c := range []struct {
		name, check, state, words string
		lack                      lack
	}{
		{"BTF", "BTF", "no", "CONFIG_DEBUG_INFO_BTF", noBTF},
		{"BTF for eBPF", "eBPF", "no", "CONFIG_DEBUG_INFO_BTF", noBTF},
		{"cgroup2", "cgroup2", "no", "mount -t cgroup2", noCgroup2},
		{"cgroup2 for eBPF", "eBPF", "limited", "mount -t cgroup2", noCgroup2},
		{"eBPF", "eBPF", "no", "bounding set", noBPF},
		{"other processes", "processes", "limited", "cap_sys_ptrace", noPtrace},
		{"packets", "packets", "no", "CAP_NET_RAW", noPackets},
	} {
		t.Run(c.name, func(t *testing.T) {
			testkit.Root(t)
			ns := testkit.NewNetns(t)
			words := c.lack.without(testkit.Binary(t))
			d := consult(t, ns.Command(words[0], words[1:]...))
			if got, said := d.state(c.check); got != c.state || !strings.Contains(said, c.words) {
				t.Errorf("got %q, %q, want %q with %q", got, said, c.state, c.words)
			}
		})
	}
}
