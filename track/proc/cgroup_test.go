package proc

import (
	"slices"
	"strings"
	"testing"
)

func TestParseCgroup(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"unified", "0::/system.slice/ssh.service\n", []string{"/system.slice/ssh.service"}},
		{"unified, removed", "0::/user.slice/x.scope (deleted)\n", []string{"/user.slice/x.scope"}},
		{
			"hybrid: the unified first", "4:pids:/p\n1:name=systemd:/s\n0::/u\n",
			[]string{"/u", "/s", "/p"},
		},
		{
			"older, the unified not in use", "5:memory:/m\n4:cpu,pids:/p\n1:name=systemd:/s\n0::/\n",
			[]string{"/s", "/p", "/m", "/"},
		},
		{"colons in the name", "0::/a:b:c\n", []string{"/a:b:c"}},
		{"no line", "", nil},
		{"no path", "0::\n0:\nx\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := parseCgroup([]byte(tt.text)); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestUnitOf(t *testing.T) {
	for path, want := range map[string]string{
		"/system.slice/ssh.service":                                                                        "ssh.service",
		"/user.slice/user-1000.slice/session-3.scope":                                                      "session-3.scope",
		"/user.slice/user-1000.slice/user@1000.service/app.slice/app-foo.scope":                            "app-foo.scope",
		"/user.slice/user-1000.slice/user@1000.service/init.scope":                                         "init.scope",
		"/system.slice/system-getty.slice/getty@tty1.service":                                              "getty@tty1.service",
		"/system.slice/nginx.service/workers/1":                                                            "nginx.service",
		"/user.slice/user-1000.slice/user@1000.service/app.slice/snap.firefox.firefox-3b1d0c2e.scope":      "snap.firefox.firefox-3b1d0c2e.scope",
		"/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.mozilla.firefox-77.scope": "app-flatpak-org.mozilla.firefox-77.scope",
		`/system.slice/dev-disk-by\x2duuid-1.swap`:                                                         `dev-disk-by\x2duuid-1.swap`,
		"/system.slice/_cpu.service":                                                                       "cpu.service",
		"/docker/4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970":                         "",
		"/system.slice": "", "/.service": "", "/": "", "": "",
	} {
		if got := unitOf(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestUnescapeUnit(t *testing.T) {
	for in, want := range map[string]string{
		`my\x2dbox`: "my-box", `a\x2db\x5cc`: `a-b\c`, "plain": "plain", `a\x`: `a\x`, `a\x2`: `a\x2`, `a\xzzb\x2d`: `a\xzzb-`, "": "",
	} {
		if got := unescapeUnit(in); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func FuzzCgroup(f *testing.F) {
	f.Add([]byte("4:pids:/p\n1:name=systemd:/s\n0::/system.slice/docker-" + strings.Repeat("ab", 32) + ".scope\n"))
	f.Add([]byte(`0::/machine.slice/machine-lxc\x2d12\x2dbox.scope/x`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range parseCgroup(b) {
			if !strings.HasPrefix(path, "/") {
				t.Errorf("the path %q is not absolute", path)
			}
			if unit := unitOf(path); !strings.Contains(path, unit) {
				t.Errorf("the unit %q is not in %q", unit, path)
			}
			at, ok := placeOf(path)
			if ok != (at.ID != "") {
				t.Errorf("%q: found %v, with the id %q", path, ok, at.ID)
			}
			if ok && at.Runtime != "lxc" && at.Runtime != "systemd-nspawn" && !isContainerID(at.ID) {
				t.Errorf("%q: the id %q", path, at.ID)
			}
		}
	})
}
