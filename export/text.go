package export

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"sockeye/track/proc"
)

// TextOptions say how a Text looks.
type TextOptions struct {
	Bytes     bool   // rates in bytes a second, else in bits
	HidePorts bool   // hosts without their ports
	HideOwner bool   // flows without their processes
	Bars      bool   // a bar for the 10 s rate, where Width leaves room
	Order     string // 2s, 10s, 40s, total, source or destination
	Lines     int    // flows shown, or entries of each group; 0 for all
	// Width is the room in columns. 0 is for logs: columns that never move,
	// wide enough for every address.
	Width int
}

// Text writes records as tables in the manner of iftop's text mode: one of the
// flows, or one of each group where a record has groups. It is for one
// goroutine.
type Text struct {
	TextOptions

	out    bytes.Buffer
	tables []table
	flows  []*Flow // in their order
	cols   columns
	lossy  bool
	owned  bool // flows are shown with their processes
}

// Block returns a record as a table. The memory is the Text's and is used again
// by the next call.
func (t *Text) Block(r *Record) []byte {
	t.out.Reset()
	t.lossy = r.LowerBounds
	t.owned = (r.Ownership != nil || r.tellsOwners()) && len(r.Groups) == 0 && !t.HideOwner
	t.fill(r)
	t.cols = t.layout()
	t.title(r)
	for i := range t.tables {
		t.table(&t.tables[i])
	}
	t.sums(r)
	t.rule('-')
	t.notes(r)
	return t.out.Bytes()
}

// host words one end as the table shows it.
func (t *Text) host(e *Endpoint) string {
	text := cmp.Or(e.Name, e.IP, e.MAC, "unknown")
	if e.Port == 0 || t.HidePorts {
		return text
	}
	if strings.Contains(text, ":") {
		text = "[" + text + "]"
	}
	if e.service != "" {
		return text + ":" + e.service
	}
	return fmt.Sprintf("%s:%d", text, e.Port)
}

// title writes when and where the record was taken.
func (t *Text) title(r *Record) {
	from := r.Source.File
	if r.Source.Kind == "live" {
		var up []string
		for i := range r.Interfaces {
			if in := &r.Interfaces[i]; in.State == "capturing" {
				up = append(up, in.Name)
			}
		}
		from = cmp.Or(strings.Join(up, ", "), "no interface")
	}
	at := "-" // a file without a packet has no time
	if r.Time != 0 || r.Totals.Packets > 0 {
		at = r.Time.utc().Format("2006-01-02 15:04:05Z")
	}
	title := fmt.Sprintf("%s  %s  %d flows", at, from, r.Live)
	if r.Final {
		title += "  (final)"
	}
	t.line(title)
}

// sums writes what the whole capture carried, down to what has no row.
func (t *Text) sums(r *Record) {
	tot := &r.Totals
	volume := func(n uint64) string { return quantity(float64(n), "B") }
	t.row("", "sent", "", t.rates(tot.Sent2, tot.Sent10, tot.Sent40), volume(tot.BytesSent))
	t.row("", "received", "", t.rates(tot.Received2, tot.Received10, tot.Received40), volume(tot.BytesReceived))
	if tot.Loopback.Bytes > 0 {
		t.row("", "loopback", "", nil, volume(tot.Loopback.Bytes))
	}
	if tot.Forwarded.Bytes > 0 {
		t.row("", "forwarded", "", nil, volume(tot.Forwarded.Bytes))
	}
	t.row("", "all", "", t.rates(tot.Rate2, tot.Rate10, tot.Rate40), volume(tot.Bytes))
	if len(t.tables) == 1 {
		t.fold("not shown", &t.tables[0].cut)
	}
	t.fold("filtered", &r.Filtered)
	if r.Unmatched != nil {
		t.fold("unmatched", r.Unmatched)
	}
	t.wrap(strings.Repeat(" ", numberWidth+1)+"peak second: ",
		"sent "+t.rate(tot.PeakSent), "received "+t.rate(tot.PeakReceived), "all "+t.rate(tot.Peak))
}

// fold writes a line for flows that have no row, if there are any.
func (t *Text) fold(what string, d *Fold) {
	if d.Flows == 0 && d.Bytes == 0 {
		return
	}
	label := fmt.Sprintf("%s: %d flows", what, d.Flows)
	for _, shorter := range []string{strings.TrimSuffix(label, " flows"), what} {
		if len(label) > t.labelWidth() {
			label = shorter
		}
	}
	t.row("", label, "",
		t.rates(d.Rate2, d.Rate10, d.Rate40), quantity(float64(d.Bytes), "B"))
}

// notes says what was lost, and what was counted but not as it should be. It
// writes nothing where nothing was.
func (t *Text) notes(r *Record) {
	d := &r.Drops
	cut, unread := d.Truncated, d.Unread
	if !r.Final {
		unread = 0 // it is about to be read
	}
	if r.Source.Kind == "live" {
		cut = 0 // the kernel cut them because it was asked to
	}
	t.counters("lost: ", []counter{
		{"packets dropped by the kernel", d.Kernel},
		{"packets not read", unread},
		{"full rings", d.Freezes},
		{"damaged places", d.Damaged},
		{"interruptions", uint64(d.Gaps)},
		{"skipped records", r.Skipped},
	})
	if d.Kernel+unread > 0 {
		t.frames(r)
	}
	t.counters("noted: ", []counter{
		{"evicted flows", d.Table},
		{"packets without a row", d.Queue},
		{"packets out of time", d.Untimely},
		{"malformed", d.Malformed},
		{"cut short", cut},
	})
	t.unowned(r.Ownership)
	if r.LowerBounds {
		why := "packets were dropped"
		if d.Kernel == 0 {
			why = "packets have no row"
		}
		t.line(why + ": rates are at least what is shown (≥)")
	}
	for i := range r.Interfaces {
		if in := &r.Interfaces[i]; r.Source.Kind == "live" && in.State != "capturing" {
			t.line(strings.TrimSuffix(fmt.Sprintf("interface %s is %s: %s", in.Name, in.State, in.Error), ": "))
		}
	}
}

// tellsOwners reports whether there is a flow with an owner: of files most have none.
func (r *Record) tellsOwners() bool {
	for i := range r.Flows {
		if f := &r.Flows[i]; f.Attribution != nil || f.AttributionRemote != nil {
			return true
		}
	}
	return false
}

// unowned says why owners are not known.
func (t *Text) unowned(o *Ownership) {
	if o == nil {
		return
	}
	var unknown []counter
	for _, c := range o.Unknown {
		if c.Reason != proc.Pending.String() && c.Reason != proc.OtherHost.String() {
			unknown = append(unknown, counter{c.Reason, c.Ends})
		}
	}
	t.counters("unknown owners: ", unknown)
	t.counters("owners missed: ", []counter{
		{"events lost", o.Lost},
		{"sockets not kept", o.Full},
	})
}

// frames says what became of all that the kernel handed over: received is the
// sum of the others.
func (t *Text) frames(r *Record) {
	var k Kernel
	for i := range r.Interfaces {
		if in := &r.Interfaces[i]; in.Through == "" {
			k.Received += in.Kernel.Received
			k.Delivered += in.Kernel.Delivered
			k.Excluded += in.Kernel.Excluded
		}
	}
	t.counters("frames: ", []counter{
		{"received", k.Received},
		{"counted", k.Delivered},
		{"dropped", r.Drops.Kernel},
		{"excluded", k.Excluded},
		{"not read", r.Drops.Unread},
	})
}

// counter is a number and what it counts.
type counter struct {
	what string
	n    uint64
}

// counters writes those that are not 0.
func (t *Text) counters(head string, all []counter) {
	var items []string
	for _, c := range all {
		if c.n > 0 {
			items = append(items, fmt.Sprintf("%s %d", c.what, c.n))
		}
	}
	if len(items) > 0 {
		t.wrap(head, items...)
	}
}
