package ui

import (
	"strings"

	"sockeye/capture"
	"sockeye/ui/tab"
)

// capturing reports whether packets of an interface are read. One that a person turned away
// from has ended.
func capturing(s *capture.InterfaceStatus) bool { return s.State == capture.StateCapturing }

// nothing says why there is nothing to show, and what to do about it; "" where there is
// something. The screen is never blank.
func (a *App) nothing() string {
	m := &a.model
	switch {
	case m.Snap == nil:
		return "Starting the capture\nThe first picture comes within a second."
	case (m.Tab == tab.ProcessesTab || m.Tab == tab.HostsTab) && m.Snap.Groups == nil:
		if m.Paused.IsZero() {
			return "Adding up " + plural(len(m.Snap.Flows), "flow")
		}
		return "These flows were not added up before the picture was paused\n" + a.keys.first(tab.DoPause) + " lets it go on."
	case m.Tab == tab.SystemTab || m.Tab == tab.SocketsTab || m.Snap.Totals.All.Packets > 0 || len(m.Past) > 0:
		return ""
	case m.Facts.Kind == tab.File:
		return "No packets in " + m.Facts.Name + " so far\n" + a.keys.first(tab.DoPlayPause) + " plays or halts the file."
	}
	var running, wrong []string
	for i := range m.Interfaces {
		switch s := &m.Interfaces[i]; {
		case s.Err != nil:
			wrong = append(wrong, s.Name+": "+s.Err.Error())
		case capturing(s):
			running = append(running, s.Name)
		}
	}
	text := "No interface can be captured\n" + a.keys.first(tab.DoInterfaces) + " chooses another one; System tells more."
	if len(running) > 0 {
		text = "Waiting for traffic on " + strings.Join(running, ", ")
		if m.Facts.Filter != "" {
			text += "\nOnly what the filter matches is captured: " + m.Facts.Filter + "\n" + a.keys.first(tab.DoCaptureFilter) + " changes it."
		}
	}
	return strings.Join(append([]string{text}, append(wrong, m.Notes...)...), "\n")
}
