//go:build !linux

package main

import "os"

// rightsText says who this process is.
func rightsText() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return "no root"
}
