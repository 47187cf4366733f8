package proc

import (
	"strings"
	"testing"
)

const (
	id1   = "4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970"
	id2   = "9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d"
	uid1  = "74c13223-5a00-11e9-b385-42010a80018d"
	uid1_ = "74c13223_5a00_11e9_b385_42010a80018d"
	uidMD = "9f8e7d6c5b4a39281706f5e4d3c2b1a0" // of a static pod
)

func container(runtime, id string) Container { return Container{Runtime: runtime, ID: id} }

func inPod(c Container, uid string) Container { c.PodUID = uid; return c }

func named(c Container) Container { c.Name = c.ID; return c }

// TestPlaceOf has the paths as the runtimes' documentation shows them.
func TestPlaceOf(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		want       Container // the zero one: none
		home       uint32
		claimed    bool
	}{
		{name: "Docker, cgroupfs", path: "/docker/" + id1, want: container("docker", id1)},
		{name: "Docker, systemd", path: "/system.slice/docker-" + id1 + ".scope", want: container("docker", id1)},
		{name: "Docker, systemd inside", path: "/system.slice/docker-" + id1 + ".scope/system.slice/nginx.service", want: container("docker", id1)},
		{name: "Docker beside a cgroup namespace", path: "/../docker-" + id1 + ".scope", want: container("docker", id1)},
		{name: "Docker, another parent", path: "/ecs/task/" + id1, want: container("", id1)},
		{
			name: "Docker, rootless", home: 1000,
			path: "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + id1 + ".scope",
			want: container("docker", id1),
		},
		{name: "Podman, systemd", path: "/machine.slice/libpod-" + id1 + ".scope", want: container("podman", id1)},
		{name: "Podman, crun", path: "/machine.slice/libpod-" + id1 + ".scope/container", want: container("podman", id1)},
		{name: "Podman, cgroupfs", path: "/libpod_parent/libpod-" + id1, want: container("podman", id1)},
		{name: "Podman, a pod", path: "/machine.slice/machine-libpod_pod_" + id2 + ".slice/libpod-" + id1 + ".scope/container", want: container("podman", id1)},
		{name: "Podman, a unit's", path: "/system.slice/web.service/libpod-payload-" + id1, want: container("podman", id1)},
		{
			name: "Podman, rootless", home: 1001,
			path: "/user.slice/user-1001.slice/user@1001.service/user.slice/libpod-" + id1 + ".scope/container",
			want: container("podman", id1),
		},
		{name: "Podman's watcher", path: "/machine.slice/libpod-conmon-" + id1 + ".scope"},
		{name: "containerd of Kubernetes, systemd", path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid1_ + ".slice/cri-containerd-" + id1 + ".scope", want: inPod(container("containerd", id1), uid1)},
		{name: "containerd, guaranteed", path: "/kubepods.slice/kubepods-pod" + uid1_ + ".slice/cri-containerd-" + id1 + ".scope", want: inPod(container("containerd", id1), uid1)},
		{name: "containerd, static pod", path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uidMD + ".slice/cri-containerd-" + id1 + ".scope", want: inPod(container("containerd", id1), uidMD)},
		{name: "containerd, drivers that do not agree", path: "/system.slice/containerd.service/kubepods-besteffort-pod" + uid1_ + ".slice:cri-containerd:" + id1, want: inPod(container("containerd", id1), uid1)},
		{name: "Kubernetes, cgroupfs", path: "/kubepods/besteffort/pod" + uid1 + "/" + id1, want: inPod(container("", id1), uid1)},
		{name: "Docker of Kubernetes", path: "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + uid1_ + ".slice/docker-" + id1 + ".scope", want: inPod(container("docker", id1), uid1)},
		{name: "CRI-O, systemd", path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid1_ + ".slice/crio-" + id1 + ".scope/container", want: inPod(container("cri-o", id1), uid1)},
		{name: "CRI-O, cgroupfs", path: "/kubepods/burstable/pod" + uid1 + "/crio-" + id1, want: inPod(container("cri-o", id1), uid1)},
		{name: "CRI-O's watcher", path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid1_ + ".slice/crio-conmon-" + id1 + ".scope"},
		{
			name: "Kubernetes in Docker: the innermost", claimed: true,
			path: "/docker/" + id2 + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod" + uid1_ + ".slice/cri-containerd-" + id1 + ".scope",
			want: inPod(container("containerd", id1), uid1),
		},
		{name: "named by who is in a container", claimed: true, path: "/machine.slice/libpod-" + id2 + ".scope/docker-" + id1 + ".scope", want: container("docker", id1)},
		{
			name: "a user who calls his own cgroup root's", home: 1000,
			path: "/user.slice/user-1000.slice/user@1000.service/user-0.slice/docker-" + id1 + ".scope",
			want: container("docker", id1),
		},
		{name: "a user of a container", path: "/machine.slice/libpod-" + id1 + ".scope/user.slice/user-1000.slice/session-1.scope", want: container("podman", id1)},
		{name: "ctr", path: "/k8s.io/" + id1, want: container("containerd", id1)},
		{name: "nerdctl", path: "/system.slice/nerdctl-" + id1 + ".scope", want: container("containerd", id1)},
		{name: "LXC 4", path: "/lxc.payload.web/system.slice/ssh.service", want: named(container("lxc", "web"))},
		{name: "LXC 3", path: "/lxc/web/init.scope", want: named(container("lxc", "web"))},
		{name: "LXC, nested directory", path: "/lxc.payload/web", want: named(container("lxc", "web"))},
		{name: "LXD's project", path: "/lxc.payload.proj_web", want: named(container("lxc", "proj_web"))},
		{name: "LXC's watcher", path: "/lxc.monitor.web"},
		{name: "LXC's service", path: "/system.slice/lxc.service"},
		{name: "nspawn", path: `/machine.slice/machine-my\x2dbox.scope/payload/system.slice/x.service`, want: named(container("systemd-nspawn", "my-box"))},
		{name: "nspawn's service", path: "/machine.slice/systemd-nspawn@box.service/payload/init.scope", want: named(container("systemd-nspawn", "box"))},
		{name: "nspawn's supervisor", path: "/machine.slice/systemd-nspawn@box.service/supervisor"},
		{name: "nspawn's supervisor in a scope", path: "/machine.slice/machine-box.scope/supervisor"},
		{name: "a virtual machine", path: `/machine.slice/machine-qemu\x2d1\x2dvm.scope/libvirt/emulator`},
		{name: "LXC of libvirt", path: `/machine.slice/machine-lxc\x2d12\x2dweb.scope`, want: named(container("lxc", "web"))},
		{name: "snap", path: "/user.slice/user-1000.slice/user@1000.service/app.slice/snap.firefox.firefox-3b1d.scope", home: 1000},
		{name: "service", path: "/system.slice/docker.service"},
		{name: "id too short", path: "/docker/" + id1[:63]},
		{name: "id in capitals", path: "/docker/" + strings.ToUpper(id1)},
		{name: "no pod", path: "/kubepods/podman"},
		{name: "root", path: "/"},
		{name: "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, ok := placeOf(tt.path)
			if none := tt.want == (Container{}); ok == none {
				t.Fatalf("got %v, %+v", ok, at)
			} else if none {
				return
			}
			if want := (place{tt.want, tt.home, tt.claimed}); at != want {
				t.Errorf("got %+v, want %+v", at, want)
			}
		})
	}
}

func TestPlaceOfMounts(t *testing.T) {
	const root = "74 52 0:51 / / rw,relatime - overlay overlay rw\n"
	for _, tt := range []struct {
		name, text string
		want       Container
	}{
		{"Docker", root + "88 74 8:1 /var/lib/docker/containers/" + id1 + "/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw\n", container("docker", id1)},
		{"Docker on a disk of its own", root + "88 74 8:1 /containers/" + id1 + "/hostname /etc/hostname rw - ext4 /dev/sdb1 rw\n", container("docker", id1)},
		{"Podman", root + "84 75 254:0 /run/containers/storage/overlay-containers/" + id1 + "/userdata/.containerenv /run/.containerenv rw - ext4 /dev/vda rw\n", container("podman", id1)},
		{"Podman, the hosts of its pod's first container", root + "84 75 254:0 /run/containers/storage/overlay-containers/" + id1 + "/userdata/hosts /etc/hosts rw - ext4 /dev/vda rw\n", Container{}},
		{"a machine with a container", root + "84 75 0:40 / /var/lib/docker/containers/" + id1 + "/mounts/shm rw - tmpfs shm rw\n", Container{}},
		{"another file's name", root + "88 74 8:1 /var/lib/docker/containers/" + id1 + "/hosts /etc/hostname rw - ext4 /dev/sda1 rw\n", Container{}},
		{"no id", root + "88 74 8:1 /containers/web/hostname /etc/hostname rw - ext4 /dev/sdb1 rw\n", Container{}},
		{"cut", "88 74 8:1\n", Container{}},
		{"empty", "", Container{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, ok := placeOfMounts([]byte(tt.text))
			if at.Container != tt.want || ok != (tt.want.ID != "") {
				t.Errorf("got %+v, %v, want %+v", at, ok, tt.want)
			}
		})
	}
}

func TestRootMount(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "22 27 0:21 / /proc rw - proc proc rw\n27 1 254:0 / / rw - ext4 /dev/vda rw\n", "254:0 /"},
		{"one on the other", "1 1 0:2 / / rw - rootfs rootfs rw\n27 1 0:33 /@root / rw - btrfs /dev/vda rw\n", "0:33 /@root"},
		{"below a chroot", "22 27 0:21 / /proc rw - proc proc rw\n", ""},
		{"cut", "22 27\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := rootMount([]byte(tt.text)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
