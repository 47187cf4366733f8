//go:build !linux && !darwin

package main

import (
	"fmt"

	"sockeye/capture"
)

// rights are none that count here.
type rights struct{}

// examine says that nothing can be captured here.
func (d *diagnosis) examine() {
	d.add(finding{Group: groupCapture, Name: "packets", State: fails, Means: "packets cannot be captured",
		Why: fmt.Sprint(capture.ErrNotSupported), job: capturing})
}

func (r *rights) lines(int) []string { return nil }
