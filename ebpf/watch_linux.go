package ebpf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	cebpf "github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// bootTime returns when the machine was started, in ns since the Unix epoch: what
// turns the time of an event into that of the packets. It changes when the clock is
// set.
func bootTime() int64 {
	var since unix.Timespec
	// The clock is there since Linux 2.6.39.
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &since)
	return time.Now().UnixNano() - since.Nano()
}

// mayWatch says which rights are missing, nil for none: what the library makes of a
// refusal is not always true.
func mayWatch() error {
	name, _ := os.Executable() // without a name the remedy still says what to do
	if needs := missingRights(); needs != "" {
		return &PermissionError{
			Needs:  needs,
			Remedy: "run it with sudo, or once: sudo setcap " + watchRights + "+ep " + name,
			Err:    fmt.Errorf("watch sockets: %w", fs.ErrPermission),
		}
	}
	if inUserNamespace() {
		return &PermissionError{
			Needs:  "the machine's own user namespace",
			Remedy: "run it outside of the user namespace, whose root may not load programs",
			Err:    fmt.Errorf("watch sockets: %w", fs.ErrPermission),
		}
	}
	return nil
}

// watchError says what is in the way where the rights are there.
func watchError(err error) error {
	err = notSupported(err)
	if _, missing := os.Stat("/sys/kernel/btf/vmlinux"); missing != nil && errors.Is(err, ErrNotSupported) {
		return absentError{"the kernel has no type information (BTF, CONFIG_DEBUG_INFO_BTF)"}
	}
	var refused *cebpf.VerifierError
	if release := kernelRelease(); errors.As(err, &refused) && olderThan(release, 5, 12) {
		return absentError{"needs Linux 5.12, this is " + release}
	}
	if errors.Is(err, fs.ErrPermission) {
		return &PermissionError{
			Needs:  "a kernel that lets it",
			Remedy: "the capabilities are there: look at kernel lockdown (" + lockdown() + ") and at the container's seccomp profile",
			Err:    err,
		}
	}
	return err
}

// kernelRelease returns what uname(2) says, such as "6.18.44-amd64".
func kernelRelease() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// inUserNamespace reports whether user_namespaces(7) lie between this process and the
// machine: the first namespace maps every user to itself.
func inUserNamespace() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return false
	}
	fields := strings.Fields(string(text))
	return len(fields) != 3 || fields[0] != "0" || fields[1] != "0" || fields[2] != "4294967295"
}

// lockdown reads how far the kernel is locked down, kernel_lockdown(7).
func lockdown() string {
	text, err := os.ReadFile("/sys/kernel/security/lockdown")
	if err != nil {
		return "not known"
	}
	_, mode, _ := strings.Cut(string(text), "[")
	mode, _, _ = strings.Cut(mode, "]")
	return mode
}

// watchRights are what all of a Watcher's hooks need besides the right to capture, as
// setcap(8) takes them. It replaces what was there, so cap_net_raw is among them.
const watchRights = "cap_net_raw,cap_net_admin,cap_bpf,cap_perfmon"

// missingRights names the capabilities that this thread lacks of those that loading
// needs; "" where none is. CAP_SYS_ADMIN has them all.
func missingRights() string {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		return ""
	}
	has := func(c int) bool { return data[c/32].Effective&(1<<(c%32)) != 0 }
	if has(unix.CAP_SYS_ADMIN) {
		return ""
	}
	var needs []string
	if !has(unix.CAP_BPF) {
		needs = append(needs, "CAP_BPF")
	}
	if !has(unix.CAP_PERFMON) {
		needs = append(needs, "CAP_PERFMON")
	}
	return strings.Join(needs, ", ")
}

// olderThan reports whether a kernel's release is one before major.minor. One that it
// cannot read is not.
func olderThan(release string, major, minor int) bool {
	var a, b int
	if n, _ := fmt.Sscanf(release, "%d.%d", &a, &b); n != 2 {
		return false
	}
	return a < major || a == major && b < minor
}
