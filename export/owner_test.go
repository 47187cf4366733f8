package export

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/proc"
)

// curl has something of every fact.
var curl = &proc.Process{
	ID: proc.ID{PID: 4711, Start: 8000}, Ref: 1,
	Name: "curl-with-a-long-name", Comm: "curl-with-a-lon", Exe: "/usr/bin/curl-with-a-long-name", Deleted: true,
	Args: []string{"curl", "-H", "X: \"1\"\x1b[2J"}, Script: "/tmp/get.sh",
	UID: 1000, GID: 100, User: "anna", Group: "users",
	Started: time.Unix(0, begin-80*sec), Parents: []proc.Parent{{ID: proc.ID{PID: 812}, Name: "bash"}, {ID: proc.ID{PID: 1}, Name: "init"}},
	Cgroup: "/system.slice/docker-0123456789abcdef.scope", NetNS: 4026531840,
	Container: &proc.Container{
		Runtime: "docker", ID: "0123456789abcdef", Name: "web", Image: "example.com/web:1", Pod: "front-1", Namespace: "shop", PodUID: "5a1c",
	},
	Unit: "docker.service", Package: &proc.Package{Manager: "dpkg", Name: "curl", Version: "8.5.0-2", Arch: "amd64"},
	SHA256: "e3b0c442", Lacks: []proc.Lack{{Fact: "netns", Reason: proc.NoRights}},
}

var (
	sshd     = &proc.Process{ID: proc.ID{PID: 812}, Ref: 2, Name: "sshd", Comm: "sshd", Exe: "/usr/sbin/sshd", User: "root", Group: "root"}
	somebody = &proc.Process{Ref: 3, UID: 108, User: "ntp"}
	escaping = &proc.Process{ID: proc.ID{PID: 9}, Ref: 4, Name: "a\x1b[2Jb\nc", UID: 7, Kernel: true}
)

// ownedFixture is the fixture with owners of all kinds.
func ownedFixture() (*track.Snapshot, Capture) {
	s, c := fixture()
	s.Flows = slices.Clone(s.Flows)
	took := 1200 * time.Microsecond
	for i, owner := range []proc.Owner{
		{Process: curl, Source: proc.FromEBPF, Took: took},
		{Process: sshd, Source: proc.Listener, Took: proc.MaxTook},
		{Process: somebody, Source: proc.FromDiag, Reason: proc.NoRights, Took: 100 * time.Microsecond},
		{Reason: proc.OtherHost},
		{Reason: proc.Kernel},
		{Reason: proc.Pending},
		{Process: escaping, Source: proc.FromProc},
	} {
		s.Flows[i].Owner = owner
	}
	s.Flows[1].Peer = proc.Owner{Process: curl, Source: proc.FromEBPF}
	s.Flows[2].Peer = proc.Owner{Reason: proc.NoSocket}
	s.Flows[0].NAT = &track.Translation{Local: end("198.51.100.2:61234"), Remote: end("203.0.113.9:443")}
	c.Owners = &proc.Stats{
		Asked: 9, Median: took, Watcher: proc.WatcherStats{Events: 70, Lost: 2, Full: 1},
		Sources: []proc.SourceState{
			{Source: proc.FromEBPF, Why: "permission denied", Hint: "sudo setcap cap_bpf+ep sockeye"},
			{Source: proc.FromDiag, Usable: true},
		},
	}
	c.Owners.Answered[proc.FromEBPF], c.Owners.Answered[proc.Listener] = 3, 1
	c.Owners.Unknown[proc.NoRights], c.Owners.Unknown[proc.NoSocket], c.Owners.Unknown[proc.Pending] = 1, 2, 1
	return s, c
}

func TestJSONOwners(t *testing.T) {
	s, c := ownedFixture()
	b := Builder{Names: testNames}
	r := b.Build(s, c, false)
	checkLine(t, "fixture with owners", NewEncoder(), r)
	type owned struct {
		ID uint64 `json:"id"`
		Owners
	}
	var flows []owned
	for i := range r.Flows {
		flows = append(flows, owned{r.Flows[i].ID, r.Flows[i].Owners})
	}
	text, err := json.MarshalIndent(struct {
		Ownership *Ownership `json:"attribution"`
		Flows     []owned    `json:"flows"`
	}{r.Ownership, flows}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "owners.json", append(text, '\n'))
}

// TestOwnersFollow checks that a flow's owner is gone from the next record when the
// flow has none there, and that a process becomes another text when more is known.
func TestOwnersFollow(t *testing.T) {
	s, c := ownedFixture()
	var b Builder
	b.Build(s, c, false)
	more := *sshd
	more.Unit = "ssh.service"
	s.Flows[1].Owner.Process, s.Flows[1].Peer = &more, proc.Owner{}
	s.Flows[0].Owner, s.Flows[0].NAT = proc.Owner{Reason: proc.Exited}, nil
	c.Owners = nil
	r := b.Build(s, c, false)
	if got := r.Flows[1].Process; got.Unit != more.Unit || got.PID != int(sshd.PID) {
		t.Errorf("got %+v want what is known now", got)
	}
	if o := r.Flows[1].Owners; o.ProcessRemote != nil || o.AttributionRemote != nil {
		t.Errorf("got %+v want no remote owner", o)
	}
	if o := r.Flows[0].Owners; o.Process != nil || o.NAT != nil || o.Attribution.Reason != "exited before seen" || o.Attribution.Source != "" {
		t.Errorf("got %+v, %+v want a reason alone", o, o.Attribution)
	}
	if r.Ownership != nil {
		t.Errorf("got %+v want no counts", r.Ownership)
	}
}

// TestProcessesForgotten checks that processes which are not shown any more are let
// go, and those that are shown stay as they are.
func TestProcessesForgotten(t *testing.T) {
	var c processes
	first := c.of(curl)
	for range 3 * recentProcesses {
		c.of(new(proc.Process))
		if c.of(curl) != first {
			t.Fatal("a process that is asked for again and again was made anew")
		}
	}
	if n := len(c.recent) + len(c.older); n > 2*recentProcesses {
		t.Errorf("got %d processes kept want %d at most", n, 2*recentProcesses)
	}
}

func TestTextOwners(t *testing.T) {
	for name, opts := range map[string]TextOptions{
		"log": {}, "40": {Width: 40}, "60": {Width: 60}, "80": {Width: 80, Bars: true}, "120": {Width: 120, Bars: true},
	} {
		s, c := ownedFixture()
		b := Builder{Names: testNames}
		text := Text{TextOptions: opts}
		block := text.Block(b.Build(s, c, false))
		golden(t, "owners_"+name+".txt", block)
		for line := range bytes.Lines(block) {
			if n := len([]rune(string(bytes.TrimSuffix(line, []byte("\n"))))); opts.Width > 0 && n > opts.Width {
				t.Errorf("width %d: got a line of %d columns: %s", opts.Width, n, line)
			}
		}
		if bytes.ContainsRune(block, '\x1b') {
			t.Errorf("width %d: a name moves the cursor", opts.Width)
		}
	}
}

// TestTextWithoutOwners checks that -Z takes the column away, and no more.
func TestTextWithoutOwners(t *testing.T) {
	s, c := ownedFixture()
	b := Builder{Names: testNames}
	hidden := Text{TextOptions: TextOptions{Width: 80, HideOwner: true}}
	if got := hidden.Block(b.Build(s, c, false)); bytes.Contains(got, []byte("sshd")) {
		t.Errorf("got a process:\n%s", got)
	}
}

// ownerGroups is the owned fixture with its flows added up by owner.
func ownerGroups() (*track.Snapshot, Capture) {
	s, c := ownedFixture()
	row := func(p *proc.Process, why proc.Reason, flows uint64, sent, received float64) track.GroupRow {
		return track.GroupRow{
			Process: p, Reason: why, Flows: flows, Gone: flows / 2, Remotes: flows / 3, First: begin, Last: begin + sec,
			Count: [2]track.Count{count(10, uint64(10*sent)), count(10, uint64(10*received))}, Rate: steady(sent, received),
		}
	}
	busy := row(curl, proc.None, 6, 1000, 2000)
	busy.Peer = &track.PeerSum{Flows: 2, Count: [2]track.Count{count(2, 4000), count(3, 6000)}, Rate: steady(100.1, 0.2)}
	for _, by := range []track.GroupBy{track.GroupProcess, track.GroupContainer, track.GroupUser, track.GroupUnit, track.GroupPackage} {
		g := track.Group{Grouping: track.NewGrouping(by, nil), Rows: []track.GroupRow{busy}, Other: s.Totals.Other}
		if by == track.GroupProcess || by == track.GroupUser {
			g.Rows = append(g.Rows, row(somebody, proc.NoRights, 1, 50, 60), row(escaping, proc.None, 3, 5, 6))
		}
		g.Rows = append(g.Rows, row(nil, proc.NoSocket, 1, 1, 0))
		s.Groups = append(s.Groups, g)
	}
	return s, c
}

func TestOwnerGroups(t *testing.T) {
	s, c := ownerGroups()
	b := Builder{Names: testNames}
	r := b.Build(s, c, false)
	checkLine(t, "record with groups", NewEncoder(), r)
	text, err := json.MarshalIndent(r.Groups, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "owner_groups.json", append(text, '\n'))
	for name, opts := range map[string]TextOptions{"80": {Width: 80}, "log": {Order: "destination", Lines: 2}} {
		golden(t, "owner_groups_"+name+".txt", (&Text{TextOptions: opts}).Block(r))
	}
}

// TestProcessLine checks that a process has its part of what runs between two of this
// machine, and that the group that it was made from is left as it is.
func TestProcessLine(t *testing.T) {
	s, c := ownerGroups()
	b := Builder{Names: testNames}
	r := b.Build(s, c, true)
	line, err := NewEncoder().ProcessLine(r)
	if err != nil {
		t.Fatal(err)
	}
	var got ProcessRecord
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != ProcessSchema || !got.Final || got.Ownership.Asked != 9 || len(got.Processes) != 4 {
		t.Fatalf("got %s", line)
	}
	first := got.Processes[0]
	if first.Process.Name != curl.Name || first.Flows != 8 || first.BytesSent != 14_000 || first.Sent2 != 1100.1 || first.Rate2 != 3100.3 || first.Peer != nil {
		t.Errorf("got %+v want curl with all that it sent", first)
	}
	if last := got.Processes[3]; last.Process != nil || last.Reason != "no socket" {
		t.Errorf("got %+v want flows without a socket", last)
	}
	if e := r.Groups[0].Entries[0]; e.Flows != 6 || e.Peer == nil {
		t.Errorf("got %+v want the group as it was", e)
	}
	if line, err := NewEncoder().ProcessLine(&Record{}); err != nil || !bytes.Contains(line, []byte(`"processes":[]`)) {
		t.Errorf("without a group: got %s, %v want an empty list", line, err)
	}
}

// manyOwned is many with the processes of a desktop: one for each five flows.
func manyOwned(n int) (*track.Snapshot, Capture) {
	s, c := many(n)
	c.Interfaces = c.Interfaces[:1]
	c.Owners = &proc.Stats{Asked: uint64(n)}
	var all []*proc.Process
	for i := range max(1, n/5) {
		p := *curl
		p.PID, p.Ref = int32(i+1), proc.Ref(i+1)
		p.Name, p.Comm, p.Exe, p.Script, p.Deleted = "firefox", "firefox", "/usr/lib/firefox/firefox", "", false
		p.Args = []string{"/usr/lib/firefox/firefox", "-contentproc", "-childID", "12", "-isForBrowser", "-prefsLen", "31552", "tab"}
		p.Container, p.Unit, p.Cgroup, p.SHA256 = nil, "app-firefox.scope", "/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox.scope", ""
		all = append(all, &p)
	}
	for i := range s.Flows {
		s.Flows[i].Error = track.Report{} // they have texts of their own
		s.Flows[i].Owner = proc.Owner{Process: all[i%len(all)], Source: proc.FromEBPF, Took: 400 * time.Microsecond}
	}
	return s, c
}

// TestOwnedRecordAllocs checks that the owners of flows need no memory once they are
// known.
func TestOwnedRecordAllocs(t *testing.T) {
	s, c := manyOwned(1000)
	b, e := Builder{Names: testNames}, NewEncoder()
	work := func() {
		if _, err := e.Line(b.Build(s, c, false)); err != nil {
			t.Error(err)
		}
	}
	work()
	testkit.ZeroAllocs(t, "record with owners", work)
}

// BenchmarkOwned is a record of 1000 flows with their owners, from the snapshot to
// the line; plain is the same without them.
func BenchmarkOwned(b *testing.B) {
	for _, name := range []string{"owned", "plain"} {
		b.Run(name, func(b *testing.B) {
			s, c := manyOwned(1000)
			if name == "plain" {
				for i := range s.Flows {
					s.Flows[i].Owner = proc.Owner{}
				}
			}
			builder, enc := Builder{Names: testNames}, NewEncoder()
			b.ReportAllocs()
			for b.Loop() {
				line, err := enc.Line(builder.Build(s, c, false))
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(line)))
				b.ReportMetric(float64(len(line)), "bytes/record")
			}
			perFlow(b, len(s.Flows))
		})
	}
}

// TestEventOwners checks that what happens to a flow, and what is said in it, tells
// whose it is.
func TestEventOwners(t *testing.T) {
	s, _ := ownedFixture()
	var build Events
	enc := NewEncoder()
	for _, from := range []track.Event{
		{Kind: track.FlowOpened, Row: s.Flows[0]},
		{Kind: track.AppMessage, Row: s.Flows[0], Detail: &dpi.DNSMessage{Question: "example.com"}},
	} {
		line, err := enc.AppendEvent(nil, build.Event(&from))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Flow struct {
				ID uint64
				Owners
			}
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatal(err)
		}
		if o := got.Flow.Owners; o.Process == nil || o.Process.Name != curl.Name || o.Attribution.Source != "ebpf" || got.Flow.ID != 1 {
			t.Errorf("got %s want %s as its owner", line, curl.Name)
		}
	}
}
