package proc

import (
	"bytes"
	"encoding/json"
	"strings"
)

// The labels and annotations by which Kubernetes' runtimes tell a container's names.
const (
	kubeContainer = "io.kubernetes.container.name"
	kubePod       = "io.kubernetes.pod.name"
	kubeNamespace = "io.kubernetes.pod.namespace"
	kubeUID       = "io.kubernetes.pod.uid"
)

// readDocker reads Docker's config.v2.json of a container.
func (c *Container) readDocker(b []byte) bool {
	var file struct {
		ID, Name string
		Config   struct {
			Image  string
			Labels map[string]string
		}
	}
	if json.Unmarshal(b, &file) != nil || file.ID != c.ID {
		return false
	}
	c.Name, c.Image = strings.TrimPrefix(file.Name, "/"), file.Config.Image
	c.readKube(file.Config.Labels, kubeContainer, kubePod, kubeNamespace, kubeUID)
	return true
}

// readStorage reads containers.json of github.com/containers/storage, in which Podman
// and CRI-O keep their containers.
func (c *Container) readStorage(b []byte) bool {
	if !bytes.Contains(b, []byte(c.ID)) {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil { // of the list
		return false
	}
	for dec.More() {
		var entry struct {
			ID       string
			Names    []string
			Metadata string // JSON again, as the program made it
		}
		if dec.Decode(&entry) != nil {
			return false
		}
		if entry.ID != c.ID {
			continue
		}
		var meta struct {
			Name  string `json:"name"`
			Image string `json:"image-name"`
			Kube  string `json:"metadata-name"` // CRI-O: the container's name in its pod
		}
		_ = json.Unmarshal([]byte(entry.Metadata), &meta) // what it does not tell stays empty
		c.Image = meta.Image
		switch {
		case meta.Kube != "":
			c.Name = meta.Kube
		case meta.Name != "":
			c.Name = meta.Name
		case len(entry.Names) > 0:
			c.Name = entry.Names[0]
		}
		return true
	}
	return false
}

// readSpec reads the config.json of an OCI bundle: containerd and CRI-O leave their
// names in its annotations.
func (c *Container) readSpec(b []byte) bool {
	var file struct {
		Annotations map[string]string `json:"annotations"`
	}
	if json.Unmarshal(b, &file) != nil || file.Annotations == nil {
		return false
	}
	a := file.Annotations
	const cri = "io.kubernetes.cri."
	c.readKube(a, cri+"container-name", cri+"sandbox-name", cri+"sandbox-namespace", cri+"sandbox-uid")
	c.readKube(a, kubeContainer, kubePod, kubeNamespace, kubeUID)
	setIf(&c.Image, a[cri+"image-name"])
	setIf(&c.Image, a["io.kubernetes.cri-o.ImageName"])
	setIf(&c.Name, a["nerdctl/name"])
	return true
}

func (c *Container) readKube(m map[string]string, container, pod, namespace, uid string) {
	setIf(&c.Name, m[container])
	setIf(&c.Pod, m[pod])
	setIf(&c.Namespace, m[namespace])
	setIf(&c.PodUID, m[uid])
}

// readLogs reads the name of a directory in /var/log/pods, NAMESPACE_POD_UID, as kubelet
// makes it: none of the three has a "_" in it.
func (c *Container) readLogs(dir string) bool {
	f := strings.Split(dir, "_")
	if len(f) != 3 || f[2] != c.PodUID || c.PodUID == "" {
		return false
	}
	c.Namespace, c.Pod = f[0], f[1]
	return true
}

// readLog reads the name of a link in /var/log/containers, POD_NAMESPACE_CONTAINER-ID.log.
func (c *Container) readLog(link string) bool {
	name, ok := strings.CutSuffix(link, "-"+c.ID+".log")
	f := strings.Split(name, "_")
	if !ok || len(f) != 3 {
		return false
	}
	c.Pod, c.Namespace, c.Name = f[0], f[1], f[2]
	return true
}

// maxContainerText bounds each name of a container, in bytes. The runtimes allow 253 at
// most.
const maxContainerText = 1024

// bound drops what is longer than any name is: a user can write into the files of his
// own containers what he likes, and it is kept.
func (c *Container) bound() {
	for _, s := range [...]*string{&c.Name, &c.Image, &c.Pod, &c.Namespace, &c.PodUID} {
		if len(*s) > maxContainerText {
			*s = ""
		}
	}
}

func setIf(s *string, value string) {
	if value != "" {
		*s = value
	}
}
