//go:build !linux

package proc

import "testing"

func TestPackagesAreLinuxOnly(t *testing.T) {
	if got, err := newPackages().of("/proc/1", "/bin/sh"); got != nil || err != nil {
		t.Errorf("got %v, %v, want none", got, err)
	}
}
