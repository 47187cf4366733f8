package proc

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

// How much is read of a runtime's file, how many containers are remembered, and how
// long: a container can be renamed, and one that was just begun has its files late.
const (
	maxRuntimeFile = 16 << 20
	maxContainers  = 4096
	keepNamed      = time.Minute
	keepNameless   = 2 * time.Second
)

// source is a file in which a runtime tells of a container. ID stands for its id.
type source struct {
	runtime string
	file    string // below the machine's root, or a user's home
	read    func(*Container, []byte) bool
}

const (
	storage     = "/overlay-containers/containers.json"
	volatileOne = "/overlay-containers/volatile-containers.json" // of podman run --rm
	bundle      = "/overlay-containers/ID/userdata/config.json"
	task        = "/io.containerd.runtime.v2.task/k8s.io/ID/config.json"
	nerdctlTask = "/io.containerd.runtime.v2.task/default/ID/config.json"
	docker      = "/containers/ID/config.v2.json"
)

var machineSources = []source{
	{"docker", "var/lib/docker" + docker, (*Container).readDocker},
	{"docker", "var/snap/docker/common/var-lib-docker" + docker, (*Container).readDocker},
	{"podman", "var/lib/containers/storage" + storage, (*Container).readStorage},
	{"podman", "var/lib/containers/storage" + volatileOne, (*Container).readStorage},
	{"podman", "run/containers/storage" + volatileOne, (*Container).readStorage},
	{"containerd", "run/containerd" + task, (*Container).readSpec},
	{"containerd", "run/containerd" + nerdctlTask, (*Container).readSpec},
	{"containerd", "run/k3s/containerd" + task, (*Container).readSpec},
	{"containerd", "var/snap/microk8s/common/run/containerd" + task, (*Container).readSpec},
	{"cri-o", "run/containers/storage" + bundle, (*Container).readSpec},
	{"cri-o", "var/lib/containers/storage" + bundle, (*Container).readSpec},
	{"cri-o", "var/lib/containers/storage" + storage, (*Container).readStorage},
	{"cri-o", "var/lib/containers/storage" + volatileOne, (*Container).readStorage},
}

var homeSources = []source{
	{"docker", ".local/share/docker" + docker, (*Container).readDocker},
	{"podman", ".local/share/containers/storage" + storage, (*Container).readStorage},
	{"podman", ".local/share/containers/storage" + volatileOne, (*Container).readStorage},
}

// runtimes remembers what the files of container runtimes told.
type runtimes struct {
	mu    sync.Mutex
	known map[place]described
}

type described struct {
	container *Container
	reason    Reason
	until     time.Time
}

// describe returns a container with what its runtime's files tell of it. The reason is
// why there is no name where there could be one. The Container is shared.
func (r *runtimes) describe(p *procfs, at *place) (*Container, Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if d, ok := r.known[*at]; ok && now.Before(d.until) {
		return d.container, d.reason
	}
	if r.known == nil || len(r.known) >= maxContainers {
		r.known = make(map[place]described)
	}
	c := at.Container
	d := described{container: &c, until: now.Add(keepNamed)}
	if isContainerID(c.ID) && !at.claimed {
		d.reason = p.readRuntime(&c, at.home)
		c.bound()
	}
	if c.Name == "" {
		d.until = now.Add(keepNameless)
	} else {
		d.reason = None
	}
	r.known[*at] = d
	return d.container, d.reason
}

// readRuntime looks for a container in the files of its runtime, and for its pod in
// those of kubelet.
func (p *procfs) readRuntime(c *Container, home uint32) Reason {
	if p.host == "" {
		return NoRights
	}
	sources, base := machineSources, p.host
	if home == 0 {
		sources = append(dockerSources(base), sources...)
	} else {
		passwd, _ := p.users.ofMachine(p.host)
		if passwd[home].home == "" {
			return None
		}
		sources, base = homeSources, path.Join(p.host, passwd[home].home)
	}
	denied := false
	for i := range sources {
		s := &sources[i]
		if c.Runtime != "" && c.Runtime != s.runtime {
			continue
		}
		b, err := readIn(base, strings.ReplaceAll(s.file, "ID", c.ID))
		denied = denied || errors.Is(err, fs.ErrPermission)
		if err == nil && s.read(c, b) {
			c.Runtime = s.runtime
			break
		}
	}
	if home == 0 && c.PodUID != "" && c.Pod == "" {
		readKubelet(c, base)
	}
	if denied {
		return NoRights
	}
	return None
}

// dockerSources is where Docker keeps its containers if it was told to keep them
// elsewhere: "data-root" of its configuration.
func dockerSources(base string) []source {
	var file struct {
		Root string `json:"data-root"`
	}
	b, err := readIn(base, "etc/docker/daemon.json")
	if err != nil || json.Unmarshal(b, &file) != nil || !path.IsAbs(file.Root) {
		return nil
	}
	return []source{{"docker", path.Clean(file.Root)[1:] + docker, (*Container).readDocker}}
}

// readIn reads a runtime's file.
func readIn(base, name string) ([]byte, error) {
	f, _, err := openIn(base, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readUpTo(f, maxRuntimeFile)
}

// readKubelet finds the names of a pod in those of its logs, which everybody may list.
func readKubelet(c *Container, base string) {
	for _, dir := range [...]struct {
		path string
		read func(*Container, string) bool
	}{
		{"var/log/containers", (*Container).readLog},
		{"var/log/pods", (*Container).readLogs},
	} {
		entries, _ := os.ReadDir(path.Join(base, dir.path)) // what could be read of it
		for _, e := range entries {
			if dir.read(c, e.Name()) {
				return
			}
		}
	}
}
