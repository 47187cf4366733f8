package track

import (
	"sockeye/track/proc"
	"sockeye/track/query"
)

// ownerFields are whose a flow is: of its local end, or of the remote one where that is
// this machine's, too, or a container's.
func ownerFields() []rowField {
	return []rowField{
		ofProcess("process", []string{"proc"}, query.Text, "name of the process", func(p *proc.Process, t *rowTest) bool {
			return t.Text(p.Name) || t.Text(p.Comm) || p.PID == 0 && p.Kernel && t.Text("kernel")
		}),
		ofProcess("pid", nil, query.Number, "number of the process", func(p *proc.Process, t *rowTest) bool {
			return p.PID != 0 && t.Number(float64(p.PID))
		}),
		ofProcess("exe", nil, query.Text, "path of its executable", func(p *proc.Process, t *rowTest) bool { return t.Text(p.Exe) }),
		ofProcess("cmd", []string{"args", "cmdline"}, query.Text, "its command line", testArgs),
		ofProcess("parent", nil, query.Text, "name of one of its ancestors", func(p *proc.Process, t *rowTest) bool {
			for i := range p.Parents {
				if t.Text(p.Parents[i].Name) {
					return true
				}
			}
			return false
		}),
		ofProcess("user", []string{"uid"}, query.Label, "its user, by name or number", func(p *proc.Process, t *rowTest) bool {
			return t.Text(p.User) || p.Told == 0 && t.Number(float64(p.UID))
		}),
		ofProcess("unit", nil, query.Text, "its systemd unit", func(p *proc.Process, t *rowTest) bool { return t.Text(p.Unit) }),
		ofProcess("package", []string{"pkg"}, query.Text, "package that its executable is from", func(p *proc.Process, t *rowTest) bool {
			return p.Package != nil && t.Text(p.Package.Name)
		}),
		ofProcess("sha256", nil, query.Text, "SHA-256 of its executable", func(p *proc.Process, t *rowTest) bool { return t.Text(p.SHA256) }),
		ofContainer("container", []string{"cont"}, "its container, by name, id or image", func(c *proc.Container, t *rowTest) bool {
			return t.Text(c.Name) || t.Text(c.ID) || t.Text(c.Image)
		}),
		ofContainer("pod", nil, "its pod of Kubernetes", func(c *proc.Container, t *rowTest) bool { return t.Text(c.Pod) }),
		ofContainer("namespace", []string{"ns"}, "its namespace of Kubernetes", func(c *proc.Container, t *rowTest) bool { return t.Text(c.Namespace) }),
		{Info: infoOf{Name: "attribution", Kind: query.Text, Help: "how the process was found, or why not"}, Any: testAttribution},
	}
}

// ofProcess is a field of a process.
func ofProcess(name string, aliases []string, k query.Kind, help string, test func(*proc.Process, *rowTest) bool) rowField {
	return rowField{
		Info: infoOf{Name: name, Aliases: aliases, Kind: k, Help: help},
		Any: func(r *Row, t *rowTest) bool {
			return r.Owner.Process != nil && test(r.Owner.Process, t) || r.Peer.Process != nil && test(r.Peer.Process, t)
		},
	}
}

// ofContainer is a field of a process's container.
func ofContainer(name string, aliases []string, help string, test func(*proc.Container, *rowTest) bool) rowField {
	return ofProcess(name, aliases, query.Text, help, func(p *proc.Process, t *rowTest) bool {
		return p.Container != nil && test(p.Container, t)
	})
}

// testArgs tests a command line: its arguments with a blank between two.
func testArgs(p *proc.Process, t *rowTest) bool {
	var room [1024]byte
	b := room[:0]
	for i, arg := range p.Args {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, arg...)
	}
	return t.Bytes(b)
}

func testAttribution(r *Row, t *rowTest) bool {
	for _, o := range [...]*proc.Owner{&r.Owner, &r.Peer} {
		if *o != (proc.Owner{}) && (t.Text(o.Source.String()) || t.Text(o.Reason.String())) {
			return true
		}
	}
	return false
}
