package tab

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// eventKind is what the entries of the log are told apart by.
type eventKind uint8

const (
	allEvents eventKind = iota
	flowEvents
	dnsEvents
	tlsEvents
	httpEvents
	alarmEvents
	eventKinds
)

var eventKindNames = [eventKinds]string{"all", "flows", "dns", "tls", "http", "alerts"}

// kindOf returns the kind of an event; allEvents of a message of another protocol.
func kindOf(e *track.Event) eventKind {
	if e.Kind != track.AppMessage {
		return flowEvents
	}
	switch e.Detail.Key() {
	case "dns":
		return dnsEvents
	case "tls":
		return tlsEvents
	case "http":
		return httpEvents
	}
	return allEvents
}

// eventName says in a word what an event tells.
func eventName(e *track.Event) string {
	switch e.Kind {
	case track.FlowOpened:
		return "opened"
	case track.FlowClosed:
		return "closed"
	}
	return e.Detail.Key()
}

// eventText says what an event tells, and how that is to be seen.
func eventText(e *track.Event) (string, theme.Role) {
	switch {
	case e.Kind == track.FlowOpened:
		return openedText(&e.Row), theme.Text
	case e.Kind == track.FlowClosed:
		return closedText(&e.Row)
	}
	switch d := e.Detail.(type) {
	case *dpi.DNSMessage:
		return dnsText(d)
	case *dpi.TLSDetail:
		return tlsText(d)
	case *dpi.HTTPMessage:
		return httpText(d)
	}
	return e.Detail.Subject(), theme.Text
}

// words joins what there is, with a space between.
func words(all ...string) string {
	kept := all[:0]
	for _, s := range all {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " ")
}

func openedText(r *track.Row) string {
	return words(wayText(r), protoText(r), appText(r.App), r.State[0].String())
}

// closedText says why a flow is over, how long it was and what it carried.
func closedText(r *track.Row) (string, theme.Role) {
	role := theme.Muted
	switch r.Closed {
	case track.ByRST:
		role = theme.Warn
	case track.ByEviction:
		role = theme.Bad
	}
	return words(r.Closed.String(), "after", widget.Duration(time.Duration(r.Last-r.First))+",",
		"sent", widget.Bytes(r.Count[track.Sent].Bytes)+",", "received", widget.Bytes(r.Count[track.Received].Bytes)+",",
		protoText(r), appText(r.App)), role
}

// msText words a time in ms; "" where it is not known.
func msText(ms float64) string {
	if ms <= 0 {
		return ""
	}
	return widget.Duration(time.Duration(ms * float64(time.Millisecond)))
}

// shownAnswers is how many answers to a question are shown.
const shownAnswers = 4

func dnsText(d *dpi.DNSMessage) (string, theme.Role) {
	question := words(d.Opcode, d.Type, d.Question)
	switch {
	case d.Outcome == "unanswered":
		return words(question, "was not answered"), theme.Warn
	case d.RCode != "" && d.RCode != "NOERROR":
		return words(question, d.RCode, msText(d.ResponseMS)), theme.Warn
	case d.NoData:
		return words(question, "has no such record", msText(d.ResponseMS)), theme.Muted
	case d.Outcome == "asked":
		return words(question, "was asked"), theme.Muted
	}
	answers := make([]string, 0, shownAnswers)
	for i := range d.Answers[:min(len(d.Answers), shownAnswers)] {
		answers = append(answers, d.Answers[i].Data)
	}
	text := strings.Join(answers, ", ")
	if more := len(d.Answers) - len(answers) + d.LeftOut; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	text = cmp.Or(text, "nothing")
	switch d.Outcome {
	case "announced": // to all, whether or not somebody had asked
		return words(question, "announced:", text), theme.Text
	case "unsolicited":
		return words(question, "is", text, "(nobody asked)"), theme.Warn
	}
	return words(question, "is", text, msText(d.ResponseMS)), theme.Text
}

func tlsText(d *dpi.TLSDetail) (string, theme.Role) {
	version := ""
	if d.Version != "" {
		version = "TLS " + d.Version
		if d.Transport == "dtls" {
			version = "DTLS " + d.Version
		}
	}
	name := cmp.Or(d.SNI, "no server name")
	if d.ECH {
		name += " (outer name)"
	}
	text := words(name, version, cmp.Or(d.ALPN, d.Application), d.Cipher, msText(d.HandshakeMS))
	switch {
	case d.Alert != "" && strings.HasPrefix(d.Alert, "fatal"):
		return words(text, "alert of the", d.AlertFrom+":", d.Alert), theme.Bad
	case d.Version == "" && !d.Established:
		return words(text, "was not answered"), theme.Warn
	}
	return text, theme.Text
}

func httpText(d *dpi.HTTPMessage) (string, theme.Role) {
	request := words(d.Method, d.Host+d.Path)
	status, role := "", theme.Text
	switch {
	case d.Reset != "":
		status, role = "given up: "+d.Reset, theme.Warn
	case d.Status == 0:
		status, role = "was not answered", theme.Warn
	case d.Status >= 500:
		role = theme.Bad
	case d.Status >= 400:
		role = theme.Warn
	}
	if d.Status != 0 {
		status = words(fmt.Sprint(d.Status), status)
	}
	return words(request, status, d.ContentType, d.GRPCStatus, msText(d.LatencyMS)), role
}

// alarmText says what an alarm is about.
func alarmText(a *Alarm) (string, theme.Role) {
	if a.Over {
		return "over: " + a.Text, theme.Muted
	}
	return a.Text, theme.Alert
}
