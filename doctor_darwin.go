package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"syscall"

	"sockeye/capture"
	"sockeye/capture/link"
)

// rights are what decides on macOS who may capture.
type rights struct {
	Devices  int  `json:"bpf_devices"`      // /dev/bpf*
	Readable int  `json:"bpf_devices_open"` // of these this user may open
	Group    bool `json:"access_bpf"`       // this user is in the group access_bpf
}

// examine tries what this machine lets the program do.
func (d *diagnosis) examine() {
	if version, err := syscall.Sysctl("kern.osrelease"); err == nil {
		d.System.Kernel = "Darwin " + version
	}
	d.System.rights = readRights()
	j := judge{rights: &d.System.rights, open: tryDevice()}
	d.add(j.packets(), j.tables(), j.tap())
}

// readRights looks at the devices and at the groups of this user.
func readRights() rights {
	var r rights
	devices, err := filepath.Glob("/dev/bpf*")
	if err != nil {
		return r // only of a bad pattern
	}
	for _, name := range devices {
		r.Devices++
		// One that another program has open is EBUSY: it may be opened all the same.
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err == nil {
			_ = file.Close() // nothing was written
		}
		if err == nil || errors.Is(err, syscall.EBUSY) {
			r.Readable++
		}
	}
	if group, err := user.LookupGroup("access_bpf"); err == nil {
		groups, _ := os.Getgroups() // without them the user is in none
		r.Group = slices.ContainsFunc(groups, func(id int) bool { return fmt.Sprint(id) == group.Gid })
	}
	return r
}

// tryDevice opens the loopback interface as a capture does.
func tryDevice() error {
	all, err := link.List()
	if err != nil {
		return err
	}
	for _, i := range all {
		if !i.Loopback {
			continue
		}
		sources, err := openLive(capture.Target{
			Name: i.Name, Index: i.Index, Link: i.Link, Loopback: true, Queues: 1, RingBytes: 1 << 20,
			Slot: func(int) (uint16, bool) { return 0, false },
		}, capture.Options{})
		for _, s := range sources {
			_ = s.Close() // nothing was read
		}
		return err
	}
	return capture.ErrNoInterface
}

// judge says what rights and trials mean for the user.
type judge struct {
	*rights
	open error // of opening a device
}

func (j *judge) packets() finding {
	f := finding{Group: groupCapture, Name: "packets", job: capturing, State: works,
		Means: fmt.Sprintf("packets can be captured: %d of %d devices may be opened", j.Readable, j.Devices)}
	if j.open == nil {
		return f
	}
	f.State, f.Means, f.Why = fails, "packets cannot be captured", oneLine(j.open.Error())
	switch {
	case j.Group && errors.Is(j.open, fs.ErrPermission):
		f.Fix = "sudo chgrp access_bpf /dev/bpf* && sudo chmod g+rw /dev/bpf*"
	case errors.Is(j.open, fs.ErrPermission):
		f.Fix = "brew install --cask wireshark-chmodbpf, and log in again; or sudo sockeye"
	}
	return f
}

// tables: the kernel lists all sockets with their processes to everybody.
func (j *judge) tables() finding {
	f := finding{Group: groupOwners, Name: "socket tables", job: attributes, State: works,
		Means: "the kernel lists all sockets with their processes"}
	if _, err := syscall.Sysctl("net.inet.tcp.pcbcount"); err != nil {
		f.State, f.Means, f.Why = fails, "whose sockets are cannot be found out", oneLine(err.Error())
	}
	return f
}

// tap: beside what is sent by TCP the kernel names the process, to everybody who may
// open a device.
func (j *judge) tap() finding {
	f := finding{Group: groupOwners, Name: "packets' processes", State: works, Means: "what is sent by TCP tells whose it is"}
	if j.open != nil {
		f.State, f.Means = limited, "programs that live for less than a moment stay unknown"
		f.Why = "it comes with the packets"
	}
	return f
}

// lines says for people what this user may do.
func (r *rights) lines(int) []string {
	if r.Group {
		return []string{"this user is in the group access_bpf"}
	}
	return nil
}
