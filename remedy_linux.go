package main

import (
	"cmp"
	"fmt"
	"strings"
)

// remedy says how this process gets capabilities: as usual, unless that has no effect
// where it runs.
func remedy(need capSet, usual string) string {
	r := ownRights()
	return cmp.Or(r.elsewhere(need), usual)
}

// grant says how the program gets capabilities, with all that it uses by default,
// since setcap(8) replaces what was there.
func (j *judge) grant(need capSet) string {
	need |= capNetRaw | capNetAdmin | capBPF | capPerfmon
	if !j.modern {
		need = need&^(capBPF|capPerfmon) | capSysAdmin
	}
	return cmp.Or(j.elsewhere(need), setcap(need, j.File))
}

// elsewhere says how the program gets capabilities where its file cannot be given
// them, or that has no effect; "" where it can and has.
func (r *rights) elsewhere(need capSet) string {
	names := need.names()
	switch {
	case r.Container != "":
		var options strings.Builder
		for _, name := range names {
			options.WriteString(" --cap-add=" + strings.ToUpper(strings.TrimPrefix(name, "cap_")))
		}
		return "start the container with" + options.String()
	case !r.UserNS:
		return "run it outside of the user namespace"
	case r.NoNewRights:
		return "start it without no_new_privs (of a systemd unit: NoNewPrivileges=no)"
	case !r.Bounding.has(need):
		return "start it with these in its bounding set (of a systemd unit: CapabilityBoundingSet=): " + strings.Join(names, " ")
	case r.NoSUID:
		const place = "/usr/local/bin/sockeye"
		return fmt.Sprintf("sudo cp %s %s && %s", r.File, place, setcap(need, place))
	}
	return ""
}

// setcap is the command that gives a file capabilities.
func setcap(need capSet, file string) string {
	return "sudo setcap " + strings.Join(need.names(), ",") + "+ep " + file
}
