package main

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"
)

// Columns of the doctor's text.
const (
	doctorWidth = 80
	textColumn  = 28 // where what a finding means begins
)

// printDiagnosis writes it for people, 80 columns wide but for commands, which are
// never broken.
func printDiagnosis(to io.Writer, d *diagnosis) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "sockeye %s on %s/%s", d.System.Version, d.System.OS, d.System.Arch)
	if d.System.Kernel != "" {
		fmt.Fprintf(w, ", kernel %s", d.System.Kernel)
	}
	fmt.Fprintln(w)
	for _, line := range d.System.lines(d.System.UID) {
		wrapped(w, "  ", line, 2)
	}
	group, fixes := "", map[string]string{}
	for i := range d.Checks {
		if f := &d.Checks[i]; f.Group != group {
			group = f.Group
			fmt.Fprintf(w, "\n%s\n", group)
		}
		printFinding(w, &d.Checks[i], fixes)
	}
	fmt.Fprintln(w)
	if d.Works {
		fmt.Fprintln(w, "Sockeye can do its job here.")
	} else {
		fmt.Fprintln(w, "Sockeye cannot do its job here.")
	}
	return w.Flush()
}

// printFinding writes one. Fixes has of each command that was shown the finding that
// it was shown with.
func printFinding(w io.Writer, f *finding, fixes map[string]string) {
	margin := strings.Repeat(" ", textColumn)
	wrapped(w, fmt.Sprintf("  %-8s %-*s", f.State, textColumn-11, f.Name), f.Means, textColumn)
	if f.Why != "" {
		wrapped(w, margin+"why: ", f.Why, textColumn+5)
	}
	for _, p := range alike(f.failed()) {
		wrapped(w, margin+"     ", p.Name+": "+p.Why, textColumn+7)
	}
	switch first, said := fixes[f.Fix]; {
	case f.Fix == "":
	case said:
		fmt.Fprintf(w, "%sfix: as for %s\n", margin, first)
	default:
		fixes[f.Fix] = f.Name
		fmt.Fprintf(w, "%*sfix: %s\n", textColumn-17, "", f.Fix) // further left: commands are long
	}
}

// alike puts parts together that fail for the same reason, the name of the part in it
// aside.
func alike(parts []part) (all []part) {
	places := map[string]int{}
	for _, p := range parts {
		reason := strings.ReplaceAll(p.Why, path.Base(p.Name), "")
		if at, seen := places[reason]; seen {
			all[at].Name += ", " + p.Name
			continue
		}
		places[reason] = len(all)
		all = append(all, p)
	}
	return all
}

// wrapped writes a text behind what begins its first line, and breaks it between
// words where it would pass doctorWidth; further lines begin at the column indent.
func wrapped(w io.Writer, begin, text string, indent int) {
	line, at, fresh := begin, utf8.RuneCountInString(begin), true
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case !fresh && at+1+n > doctorWidth:
			fmt.Fprintln(w, line)
			line, at = strings.Repeat(" ", indent)+word, indent+n
		case fresh:
			line, at = line+word, at+n
		default:
			line, at = line+" "+word, at+1+n
		}
		fresh = false
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}
