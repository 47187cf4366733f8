package alert

import (
	"fmt"
	"time"
)

// Text words an alert as one line: "curl (4711) to example.org: 1.2 MB/s, more than 1.0
// MB/s". What is from outside in it is to be made printable.
func (a *Alert) Text() string {
	r := a.Rule
	begin := ""
	if r.Name != "" {
		begin = r.Name + ": "
	}
	switch r.Metric {
	case NewDestination:
		return begin + "new destination: " + a.Subject
	case NewProcess:
		return begin + "new process: " + a.Subject
	case Drops:
		return fmt.Sprintf("%s%s: %.0f packets lost", begin, a.Subject, a.Value)
	}
	unit := ""
	if r.Metric == Rate {
		unit = "/s"
	}
	text := fmt.Sprintf("%s%s: %s%s, more than %s%s", begin, a.Subject, bytesText(a.Value), unit, bytesText(r.Above), unit)
	if r.For > 0 {
		text += fmt.Sprintf(" for %v", r.For.Round(time.Millisecond))
	}
	return text
}

// bytesText words a number of bytes in decimal units, as networks count.
func bytesText(n float64) string {
	for _, u := range []struct {
		from float64
		name string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if n >= 0.99995*u.from { // what would be shown as 1000.0 of the smaller one
			return fmt.Sprintf("%.1f %s", n/u.from, u.name)
		}
	}
	return fmt.Sprintf("%.0f B", n)
}
