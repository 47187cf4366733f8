package ebpf

import (
	"strings"
	"testing"
)

func TestCgroup2Mount(t *testing.T) {
	const (
		v1      = "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
		unified = "38 31 0:35 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n"
		part    = "40 31 0:35 /docker/4f1a /mnt/part rw - cgroup2 cgroup2 rw\n"
	)
	for _, tt := range []struct {
		name, text, want string
	}{
		{"none", v1, ""},
		{"beside the old hierarchies", v1 + unified, "/sys/fs/cgroup/unified"},
		{"the root before a part", part + unified, "/sys/fs/cgroup/unified"},
		{"a part alone", part, "/mnt/part"},
		{"a space in the path", `38 31 0:35 / /a\040b rw - cgroup2 cgroup2 rw` + "\n", "/a b"},
		{"a name that looks so", "38 31 0:35 / /cgroup2 rw - tmpfs cgroup2 rw\n", ""},
		{"cut", "38 31 0:35 - cgroup2", ""},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := cgroup2Mount(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzCgroup2Mount(f *testing.F) {
	f.Add("38 31 0:35 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
	f.Add(`38 31 0:35 / /a\04 rw - cgroup2 c rw`)
	f.Fuzz(func(t *testing.T, text string) {
		if got := cgroup2Mount(text); got != "" && !strings.Contains(text, "cgroup2") {
			t.Errorf("got %q of a text without cgroup2", got)
		}
		if n := len(unescape(text)); n > len(text) {
			t.Errorf("unescaping made %d bytes of %d", n, len(text))
		}
	})
}
