package proc

import (
	"strings"
	"testing"
)

func TestReadRuntimeFiles(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		read       func(*Container, []byte) bool
		want       Container
		bad        bool
	}{
		{
			name: "Docker", read: (*Container).readDocker,
			text: `{"ID":"` + id1 + `","Name":"/web","Config":{"Image":"nginx:1.25","Labels":{"a":"b"}}}`,
			want: Container{ID: id1, Name: "web", Image: "nginx:1.25"},
		},
		{
			name: "Docker of Kubernetes", read: (*Container).readDocker,
			text: `{"ID":"` + id1 + `","Name":"/k8s_nginx_web-0_shop_x_0","Config":{"Image":"nginx","Labels":{"io.kubernetes.container.name":"nginx","io.kubernetes.pod.name":"web-0","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"` + uid1 + `"}}}`,
			want: Container{ID: id1, Name: "nginx", Image: "nginx", Pod: "web-0", Namespace: "shop", PodUID: uid1},
		},
		{name: "Docker, another's", read: (*Container).readDocker, text: `{"ID":"` + id2 + `","Name":"/web"}`, want: Container{ID: id1}, bad: true},
		{
			name: "Podman", read: (*Container).readStorage,
			text: `[{"id":"` + id2 + `","names":["other"]},{"id":"` + id1 + `","names":["web"],"image":"02e6","metadata":"{\"image-name\":\"localhost/web:latest\",\"name\":\"web\",\"created-at\":1795280191}","flags":{"Volatile":true}}]`,
			want: Container{ID: id1, Name: "web", Image: "localhost/web:latest"},
		},
		{
			name: "storage without metadata", read: (*Container).readStorage,
			text: `[{"id":"` + id1 + `","names":["web"]}]`, want: Container{ID: id1, Name: "web"},
		},
		{
			name: "CRI-O's storage", read: (*Container).readStorage,
			text: `[{"id":"` + id1 + `","names":["k8s_nginx_web-0_shop_x_0"],"metadata":"{\"name\":\"k8s_nginx_web-0_shop_x_0\",\"metadata-name\":\"nginx\",\"image-name\":\"nginx\"}"}]`,
			want: Container{ID: id1, Name: "nginx", Image: "nginx"},
		},
		{name: "storage, named after another's id", read: (*Container).readStorage, text: `[{"id":"` + id2 + `","names":["` + id1 + `"]}]`, want: Container{ID: id1}, bad: true},
		{name: "storage, cut", read: (*Container).readStorage, text: `[{"id":"` + id1 + `","na`, want: Container{ID: id1}, bad: true},
		{name: "storage, no list", read: (*Container).readStorage, text: `"` + id1, want: Container{ID: id1}, bad: true},
		{
			name: "containerd", read: (*Container).readSpec,
			text: `{"ociVersion":"1.1.0","annotations":{"io.kubernetes.cri.container-name":"nginx","io.kubernetes.cri.container-type":"container","io.kubernetes.cri.image-name":"docker.io/library/nginx:1.25","io.kubernetes.cri.sandbox-name":"web-0","io.kubernetes.cri.sandbox-namespace":"shop","io.kubernetes.cri.sandbox-uid":"` + uid1 + `"}}`,
			want: Container{ID: id1, Name: "nginx", Image: "docker.io/library/nginx:1.25", Pod: "web-0", Namespace: "shop", PodUID: uid1},
		},
		{
			name: "CRI-O", read: (*Container).readSpec,
			text: `{"annotations":{"io.kubernetes.container.name":"nginx","io.kubernetes.pod.name":"web-0","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"` + uid1 + `","io.kubernetes.cri-o.ImageName":"quay.io/nginx:1"}}`,
			want: Container{ID: id1, Name: "nginx", Image: "quay.io/nginx:1", Pod: "web-0", Namespace: "shop", PodUID: uid1},
		},
		{name: "nerdctl", read: (*Container).readSpec, text: `{"annotations":{"nerdctl/name":"web"}}`, want: Container{ID: id1, Name: "web"}},
		{name: "no annotations", read: (*Container).readSpec, text: `{}`, want: Container{ID: id1}, bad: true},
		{name: "no JSON", read: (*Container).readSpec, text: `x`, want: Container{ID: id1}, bad: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Container{ID: id1}
			if ok := tt.read(&c, []byte(tt.text)); ok == tt.bad || c != tt.want {
				t.Errorf("got %v, %+v, want %+v", ok, c, tt.want)
			}
		})
	}
}

func TestContainerTextIsBounded(t *testing.T) {
	c := Container{ID: id1, Name: "web", Image: strings.Repeat("x", maxContainerText), Pod: strings.Repeat("x", maxContainerText+1)}
	c.bound()
	if c.Name != "web" || len(c.Image) != maxContainerText || c.Pod != "" {
		t.Errorf("got a name of %d bytes, an image of %d, a pod of %d", len(c.Name), len(c.Image), len(c.Pod))
	}
}

func TestReadKubeletNames(t *testing.T) {
	c := Container{ID: id1, PodUID: uid1}
	if c.readLogs("shop_web-0_"+uidMD) || c.readLogs("shop_web-0") || c != (Container{ID: id1, PodUID: uid1}) {
		t.Errorf("another pod's directory: got %+v", c)
	}
	if !c.readLogs("shop_web-0_"+uid1) || c.Pod != "web-0" || c.Namespace != "shop" {
		t.Errorf("got %+v", c)
	}
	c = Container{ID: id1}
	if c.readLog("web-0_shop_nginx-"+id2+".log") || c.readLogs("shop_web-0_") {
		t.Errorf("another container's log: got %+v", c)
	}
	if !c.readLog("web-0_shop_nginx-"+id1+".log") || c.Pod != "web-0" || c.Namespace != "shop" || c.Name != "nginx" {
		t.Errorf("got %+v", c)
	}
}

func FuzzReadRuntimeFiles(f *testing.F) {
	f.Add([]byte(`[{"id":"` + id1 + `","names":["web"],"metadata":"{\"name\":\"web\"}"}]`))
	f.Add([]byte(`{"ID":"` + id1 + `","Name":"/web","Config":{"Labels":{}}}`))
	f.Add([]byte(`{"annotations":{"nerdctl/name":"web"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []func(*Container, []byte) bool{(*Container).readDocker, (*Container).readStorage, (*Container).readSpec} {
			c := Container{ID: id1}
			if ok := read(&c, b); c.ID != id1 || !ok && c != (Container{ID: id1}) {
				t.Errorf("got %v, %+v", ok, c)
			}
		}
	})
}
