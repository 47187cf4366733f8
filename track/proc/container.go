package proc

import (
	"bytes"
	"strings"
)

// place is a container as the path of a cgroup, or a mount, shows it.
type place struct {
	Container
	// home is the user whose own containers these are (rootless Docker, Podman), 0 for
	// the machine's. He could have named the cgroup as he likes, so only his files may
	// tell of it.
	home uint32
	// claimed: who is in it could have named it as he likes, in another container or a
	// user namespace. No files of the machine may tell of it.
	claimed bool
}

// runtimePrefixes stand before the id of a container, in names of cgroups that the
// systemd driver makes ("docker-ID.scope"), and the cgroupfs one of some
// ("libpod-ID", "crio-ID"). Those of conmon are Podman's and CRI-O's watchers, which run
// outside of the container.
var runtimePrefixes = [...]struct{ prefix, runtime string }{
	{"docker-", "docker"},
	{"libpod-payload-", "podman"}, // --cgroups=split
	{"libpod-", "podman"},
	{"cri-containerd-", "containerd"},
	{"nerdctl-", "containerd"},
	{"crio-", "cri-o"},
}

// runtimeParents are names of cgroups right below which the bare ids of a runtime's
// containers stand.
var runtimeParents = map[string]string{
	"docker":        "docker", // the cgroupfs driver
	"libpod_parent": "podman",
	"k8s.io":        "containerd", // the namespace of containerd
	"moby":          "docker",     // likewise
	"default":       "containerd", // likewise
}

// placeOf finds the innermost container in the path of a cgroup.
func placeOf(path string) (place, bool) {
	var at place
	found, ofUser := false, false
	parts := strings.Split(path, "/")
	for i, part := range parts {
		var parent, child string
		if i > 0 {
			parent = parts[i-1]
		}
		if i+1 < len(parts) {
			child = parts[i+1]
		}
		// What a user or a container has below its own cgroup is named by that.
		if uid, ok := userSlice(part); ok && !found && !ofUser {
			at.home, ofUser = uid, true
		}
		if uid, ok := podUID(part); ok {
			at.PodUID = uid
		}
		if runtime, id, ok := containerPart(parent, part, child); ok {
			at.claimed = found // in another one
			at.Runtime, at.ID, at.Name = runtime, id, ""
			if !isContainerID(id) {
				at.Name = id
			}
			found = true
		}
	}
	return at, found
}

// containerPart reads one part of a cgroup's path between its neighbours.
func containerPart(parent, part, child string) (runtime, id string, ok bool) {
	if isContainerID(part) {
		return runtimeParents[parent], part, true
	}
	// "kubepods-pod….slice:cri-containerd:ID": the systemd notation where the runtime
	// uses cgroupfs.
	if i := strings.LastIndexByte(part, ':'); i >= 0 && isContainerID(part[i+1:]) {
		name := part[:i]
		name = name[strings.LastIndexByte(name, ':')+1:]
		return ofPrefix(name + "-"), part[i+1:], true
	}
	name, scope := strings.CutSuffix(part, ".scope")
	for _, p := range runtimePrefixes {
		if id, ok := strings.CutPrefix(name, p.prefix); ok && isContainerID(id) {
			return p.runtime, id, true
		}
	}
	if id, ok := lxcName(parent, part); ok {
		return "lxc", id, true
	}
	if machine, ok := strings.CutPrefix(name, "machine-"); ok && scope {
		return machineScope(machine, child)
	}
	if machine, ok := strings.CutPrefix(part, "systemd-nspawn@"); ok && child == "payload" {
		if machine, ok = strings.CutSuffix(machine, ".service"); ok {
			return "systemd-nspawn", unescapeUnit(machine), machine != ""
		}
	}
	return "", "", false
}

func ofPrefix(prefix string) string {
	for _, p := range runtimePrefixes {
		if p.prefix == prefix {
			return p.runtime
		}
	}
	return ""
}

// lxcName reads the names that LXC and LXD give: "lxc.payload.NAME", "lxc.payload/NAME"
// and, of versions before 4, "lxc/NAME". That of "lxc.monitor" watches from outside.
func lxcName(parent, part string) (string, bool) {
	if name, ok := strings.CutPrefix(part, "lxc.payload."); ok {
		return name, name != ""
	}
	return part, part != "" && (parent == "lxc.payload" || parent == "lxc")
}

// machineScope reads the scopes that systemd-machined keeps: systemd-nspawn's, and
// libvirt's, which are virtual machines or LXC containers. The supervisor of
// systemd-nspawn runs outside of the container.
func machineScope(machine, child string) (runtime, id string, ok bool) {
	name := unescapeUnit(machine)
	if strings.HasPrefix(name, "qemu-") || child == "supervisor" {
		return "", "", false
	}
	if rest, ok := strings.CutPrefix(name, "lxc-"); ok && strings.Contains(rest, "-") {
		_, name, _ = strings.Cut(rest, "-") // lxc-NUMBER-NAME
		return "lxc", name, name != ""
	}
	return "systemd-nspawn", name, name != ""
}

// podUID reads the cgroup of a pod: "podUID" of kubelet's cgroupfs driver, and
// "kubepods-burstable-podUID.slice" of the systemd one, where "_" stands for "-".
func podUID(part string) (string, bool) {
	name := part
	if i := strings.Index(name, ".slice"); i >= 0 { // "….slice:cri-containerd:ID" too
		name = name[:i]
		i = strings.LastIndex(name, "-pod")
		if i < 0 {
			return "", false
		}
		name = name[i+1:]
	}
	uid, ok := strings.CutPrefix(name, "pod")
	if !ok {
		return "", false
	}
	uid = strings.ReplaceAll(uid, "_", "-")
	// A UUID; a static pod's is the MD5 of its manifest.
	bare := strings.ReplaceAll(uid, "-", "")
	return uid, len(bare) == 32 && isHex(bare) && (len(uid) == 32 || len(uid) == 36)
}

// userSlice reads the cgroup of a user's own systemd, or of his sessions.
func userSlice(part string) (uint32, bool) {
	s, ok := strings.CutPrefix(part, "user@")
	if ok {
		s, ok = strings.CutSuffix(s, ".service")
	} else if s, ok = strings.CutPrefix(part, "user-"); ok {
		s, ok = strings.CutSuffix(s, ".slice")
	}
	if !ok {
		return 0, false
	}
	n, ok := decimal([]byte(s))
	return uint32(n), ok && n < 1<<32-1
}

// isContainerID reports whether s has the form of the ids that Docker, Podman,
// containerd under Kubernetes and CRI-O make: 256 random bits in hex.
func isContainerID(s string) bool { return len(s) == 64 && isHex(s) }

func isHex(s string) bool {
	for i := range len(s) {
		if hexDigit(s[i]) < 0 {
			return false
		}
	}
	return true
}

// placeOfMounts finds the container in /proc/PID/mountinfo (proc_pid_mountinfo(5)), for
// where the cgroup does not show it. Docker and Podman mount files over those of the
// image that lie in a directory named by the container's id. Only such mounts count:
// the machine itself may mount anything that belongs to a container elsewhere.
func placeOfMounts(b []byte) (place, bool) {
	if !bytes.Contains(b, []byte("containers/")) { // as most of them
		return place{}, false
	}
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		f := strings.Fields(string(line))
		if len(f) < 5 {
			continue
		}
		source, target := f[3], f[4]
		switch target {
		case "/etc/hostname", "/etc/hosts", "/etc/resolv.conf":
			if id, ok := idBelow(source, "containers", baseName(target)); ok {
				return place{Container: Container{Runtime: "docker", ID: id}}, true
			}
		case "/run/.containerenv":
			if id, ok := idBelow(source, "overlay-containers", "userdata/.containerenv"); ok {
				return place{Container: Container{Runtime: "podman", ID: id}}, true
			}
		}
	}
	return place{}, false
}

// rootMount is what /proc/PID/mountinfo tells of the root directory: the device and the
// directory on it. The same two are the same directory, whatever namespace they are in.
func rootMount(b []byte) string {
	found := ""
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		if f := strings.Fields(string(line)); len(f) > 4 && f[4] == "/" {
			found = f[2] + " " + f[3] // the last one lies on top
		}
	}
	return found
}

// idBelow reads the id out of a path that ends in "/dir/ID/file".
func idBelow(path, dir, file string) (string, bool) {
	path, ok := strings.CutSuffix(path, "/"+file)
	if !ok || len(path) < 64 {
		return "", false
	}
	id := path[len(path)-64:]
	return id, isContainerID(id) && strings.HasSuffix(path[:len(path)-64], "/"+dir+"/")
}
