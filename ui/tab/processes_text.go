package tab

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

const processKeys = "processes." // begins the columns' keys in Prefs

// aggregateTitles head the column of names.
var aggregateTitles = [AggregateBys]string{"Process", "Container", "Unit", "User", "Package"}

// processColumns are the columns from left to right. On narrow screens the numbers of
// packets go first, then how long ago things were, sums of each way, container, user,
// 40 s, 10 s, remotes, share, 2 s, flows and total; the name and the rates of each way stay.
func processColumns() []listColumn[ownerItem] {
	ofProcess := func(p *Prefs) bool { return p.AggregateBy == OfProcess }
	about := func(id, title string, least, most, drop int, text func(p *proc.Process) string) listColumn[ownerItem] {
		return listColumn[ownerItem]{
			Column: widget.Column{Key: processKeys + id, Title: title, Min: least, Max: most, Weight: 1, Drop: drop},
			role:   theme.Muted, when: ofProcess, finds: []string{id},
			text: func(_ *Model, t *ownerItem) string {
				if t.Process == nil {
					return ""
				}
				return text(t.Process)
			},
		}
	}
	unit := about("unit", "Unit", 12, 32, 1, func(p *proc.Process) string { return p.Unit })
	path := about("exe", "Executable", 16, 48, 1, func(p *proc.Process) string { return p.Exe })
	unit.apart, path.apart = true, true
	columns := []listColumn[ownerItem]{
		{
			Column: widget.Column{Key: processKeys + "name", Title: aggregateTitles[OfProcess], Min: 14, Max: 44, Weight: 4, Middle: true}, name: "Name",
			role: theme.Process, text: ownerLabel, finds: []string{"process", "pid", "user", "container", "pod"},
			paint: func(_ *Model, t *ownerItem) theme.Role {
				if t.Process == nil {
					return theme.Muted
				}
				return theme.Process
			},
		},
		about("user", "User", 6, 16, 7, userText),
		about("container", "Container", 9, 24, 6, func(p *proc.Process) string { return containerText(p.Container) }),
		unit, path,
		{
			Column: widget.Column{Key: processKeys + "remotes", Title: "Remote", Min: 6, Right: true, Drop: 12}, name: "Remote addresses", role: theme.Accent,
			text:   func(_ *Model, t *ownerItem) string { return widget.Count(t.Remotes) },
			number: func(_ *Model, t *ownerItem) float64 { return float64(t.Remotes) },
		},
	}
	return append(columns, sumColumns(processKeys, func(t *ownerItem) *track.GroupRow { return t.GroupRow })...)
}

// ownerLabel names a row; in brackets why it is not known whose its flows are.
func ownerLabel(m *Model, t *ownerItem) string {
	p := t.Process
	if p == nil {
		return unknownLabel(m, t.Reason)
	}
	switch t.by {
	case OfContainer:
		return containerText(p.Container)
	case OfUnit:
		return p.Unit
	case OfUser:
		return userText(p)
	case OfPackage:
		return packageText(p.Package)
	}
	return processText(p)
}

// unknownLabel says why an owner is not known.
func unknownLabel(m *Model, why proc.Reason) string {
	switch why {
	case proc.OtherHost:
		return "(other hosts)"
	case proc.Off:
		if m.Facts.Kind != Live {
			return "(not told)" // by the file: nobody can be asked
		}
		return "(attribution is off)"
	case proc.None, proc.Pending:
		return "(not known yet)"
	}
	return "(" + reasonText(why) + ")"
}

// packageText names a package with its version; "" for none.
func packageText(p *proc.Package) string {
	if p == nil {
		return ""
	}
	return strings.TrimSpace(p.Name + " " + p.Version)
}

// ownerTip says what there is to know of a row.
func ownerTip(m *Model, t *ownerItem) *Tip {
	tip := &Tip{Title: ownerLabel(m, t)}
	add := func(label, value string) {
		if value != "" {
			tip.Lines = append(tip.Lines, TipLine{label, value})
		}
	}
	if p := t.Process; p != nil && t.by == OfProcess {
		add("Executable", p.Exe)
		add("Arguments", strings.Join(p.Args, " "))
		add("User", userText(p))
		if len(p.Parents) > 0 {
			add("Parent", cmp.Or(p.Parents[0].Name, "?")+" "+strconv.Itoa(int(p.Parents[0].PID)))
		}
		if !p.Started.IsZero() {
			add("Started", p.Started.In(m.Now.Location()).Format(time.DateTime))
		}
		add("Container", containerText(p.Container))
		add("Unit", p.Unit)
		add("Package", packageText(p.Package))
		if t.Reason != proc.None {
			add("Process", unknownLabel(m, t.Reason))
		}
	}
	if p := t.Process; p != nil && t.by == OfContainer && p.Container != nil {
		add("Runtime", p.Container.Runtime)
		add("ID", p.Container.ID)
		add("Image", p.Container.Image)
	}
	add("Flows", widget.Count(sumFlows(t.GroupRow))+", in the table "+widget.Count(t.Flows))
	add("Remotes", widget.Count(t.Remotes))
	add("Packets", widget.Count(sumCount(t.GroupRow, bothWays).Packets))
	tip.Lines = append(tip.Lines, TipLine{})
	tip.Lines = append(tip.Lines, sumLines(m, t.GroupRow)...)
	return tip
}

// ownerObject is a row in an export.
type ownerObject struct {
	Process   *processObject `json:"process,omitempty"`
	Container string         `json:"container,omitempty"`
	Unit      string         `json:"unit,omitempty"`
	User      string         `json:"user,omitempty"`
	Package   string         `json:"package,omitempty"`
	Reason    string         `json:"reason,omitempty"` // why it is not known whose the flows are
	Remotes   uint64         `json:"remotes"`
	rowObject
}

type processObject struct {
	PID   int32  `json:"pid"`
	Start uint64 `json:"start"` // with the PID it tells a process from others, see proc.ID
	Name  string `json:"name"`
	Exe   string `json:"exe,omitempty"`
	User  string `json:"user,omitempty"`
}

func ownerObjects(m *Model, items []ownerItem) []ownerObject {
	all := make([]ownerObject, 0, len(items))
	for i := range items {
		t := &items[i]
		o := ownerObject{Reason: t.Reason.String(), Remotes: t.Remotes, rowObject: rowObjectOf(t.GroupRow)}
		label := ownerLabel(m, t)
		switch p := t.Process; {
		case p == nil:
		case t.by == OfProcess:
			o.Process = &processObject{p.PID, p.Start, processName(p), p.Exe, userText(p)}
		case t.by == OfContainer:
			o.Container = label
		case t.by == OfUnit:
			o.Unit = label
		case t.by == OfUser:
			o.User = label
		case t.by == OfPackage:
			o.Package = label
		}
		all = append(all, o)
	}
	return all
}
