package main

import (
	"os"
	"strings"
)

// rightsText says what this process may do: "root", and its capabilities where those are
// not all.
func rightsText() string {
	have := capsOf(fields(text(os.DirFS("/"), "proc/self/status"))["CapEff"])
	switch all := have.String(); {
	case os.Geteuid() != 0:
		return all
	case all == "all":
		return "root"
	default:
		return "root with " + strings.TrimPrefix(all, "all ")
	}
}
