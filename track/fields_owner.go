package track

import (
	"sockeye/track/proc"
	"sockeye/track/query"
)

// rowOwner returns whose a flow is: first of its local end, then of the remote one where
// that is this machine's, too, or a container's.
func rowOwner(r *Row, n int) (p *proc.Process, ok bool) {
	switch n {
	case 0:
		return r.Owner.Process, true
	case 1:
		return r.Peer.Process, true
	}
	return nil, false
}

// ownerFields are fields of the processes that have something; nil ones are not known.
func ownerFields[T any](of owning[T]) []query.Field[T] {
	return []query.Field[T]{
		of.process("process", []string{"proc"}, query.Text, "name of the process", func(p *proc.Process, t *rowTest) bool {
			return t.Text(p.Name) || t.Text(p.Comm) || p.PID == 0 && p.Kernel && t.Text("kernel")
		}),
		of.process("pid", nil, query.Number, "number of the process", func(p *proc.Process, t *rowTest) bool {
			return p.PID != 0 && t.Number(float64(p.PID))
		}),
		of.process("exe", nil, query.Text, "path of its executable", func(p *proc.Process, t *rowTest) bool { return t.Text(p.Exe) }),
		of.process("cmd", []string{"args", "cmdline"}, query.Text, "its command line", testArgs),
		of.process("parent", nil, query.Text, "name of one of its ancestors", func(p *proc.Process, t *rowTest) bool {
			for i := range p.Parents {
				if t.Text(p.Parents[i].Name) {
					return true
				}
			}
			return false
		}),
		of.process("user", []string{"uid"}, query.Label, "its user, by name or number", func(p *proc.Process, t *rowTest) bool {
			return t.Text(p.User) || p.Told == 0 && t.Number(float64(p.UID))
		}),
		of.process("unit", nil, query.Text, "its systemd unit", func(p *proc.Process, t *rowTest) bool { return t.Text(p.Unit) }),
		of.process("package", []string{"pkg"}, query.Text, "package that its executable is from", func(p *proc.Process, t *rowTest) bool {
			return p.Package != nil && t.Text(p.Package.Name)
		}),
		of.process("sha256", nil, query.Text, "SHA-256 of its executable", func(p *proc.Process, t *rowTest) bool { return t.Text(p.SHA256) }),
		of.container("container", []string{"cont"}, "its container, by name, id or image", func(c *proc.Container, t *rowTest) bool {
			return t.Text(c.Name) || t.Text(c.ID) || t.Text(c.Image)
		}),
		of.container("pod", nil, "its pod of Kubernetes", func(c *proc.Container, t *rowTest) bool { return t.Text(c.Pod) }),
		of.container("namespace", []string{"ns"}, "its namespace of Kubernetes", func(c *proc.Container, t *rowTest) bool { return t.Text(c.Namespace) }),
	}
}

// owning returns process n that has a T, nil for one that is not known; not ok behind the
// last one.
type owning[T any] func(row *T, n int) (p *proc.Process, ok bool)

// process makes a field of the processes.
func (of owning[T]) process(name string, aliases []string, k query.Kind, help string, test func(*proc.Process, *rowTest) bool) query.Field[T] {
	return query.Field[T]{
		Info: infoOf{Name: name, Aliases: aliases, Kind: k, Help: help},
		Any: func(row *T, t *rowTest) bool {
			for n := 0; ; n++ {
				p, ok := of(row, n)
				if !ok || p != nil && test(p, t) {
					return ok
				}
			}
		},
	}
}

// container makes a field of the processes' containers.
func (of owning[T]) container(name string, aliases []string, help string, test func(*proc.Container, *rowTest) bool) query.Field[T] {
	return of.process(name, aliases, query.Text, help, func(p *proc.Process, t *rowTest) bool {
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
