package main

import (
	"os"
	"strings"
)

// rightsText says what this process may do: "root", and its capabilities where those are
// not all.
func rightsText() string {
	status := fields(text(os.DirFS("/"), "proc/self/status"))
	return rightsOf(os.Geteuid(), capsOf(status["CapEff"]))
}

func rightsOf(uid int, have capSet) string {
	all := have.String()
	lacks, most := strings.CutPrefix(all, "all but ")
	switch {
	case uid != 0:
		return all
	case all == "all":
		return "root"
	case most:
		return "root without " + lacks
	}
	return "root with " + all
}
