package main

import (
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strings"
)

// capSet is a set of capabilities: bit n is capability n of linux/capability.h.
type capSet uint64

// The capabilities that something here needs.
const (
	capDACReadSearch capSet = 1 << 2  // list the folder of another user's process in /proc
	capNetAdmin      capSet = 1 << 12 // programs on cgroups; translations of addresses
	capNetRaw        capSet = 1 << 13 // packets
	capSysPtrace     capSet = 1 << 19 // read the links in /proc of another user's process
	capSysAdmin      capSet = 1 << 21 // enter namespaces; before Linux 5.8 all of eBPF
	capPerfmon       capSet = 1 << 38 // programs that trace
	capBPF           capSet = 1 << 39 // programs and maps
)

// capNames are the names of capabilities by their number.
var capNames = [...]string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
}

// allCaps is every capability that has a name.
const allCaps = capSet(1)<<len(capNames) - 1

// names returns the names, as setcap(8) takes them.
func (s capSet) names() []string {
	names := []string{}
	for rest := uint64(s & allCaps); rest != 0; rest &= rest - 1 {
		names = append(names, "cap_"+capNames[bits.TrailingZeros64(rest)])
	}
	return names
}

// String lists the names, or, where that is shorter, those that are lacking.
func (s capSet) String() string {
	s &= allCaps
	switch lacks := allCaps &^ s; {
	case s == 0:
		return "none"
	case lacks == 0:
		return "all"
	case bits.OnesCount64(uint64(lacks)) < bits.OnesCount64(uint64(s)):
		return "all but " + strings.Join(lacks.names(), ", ")
	}
	return strings.Join(s.names(), ", ")
}

// has reports whether all of need are in the set.
func (s capSet) has(need capSet) bool { return s&need == need }

// MarshalJSON writes the names as a list.
func (s capSet) MarshalJSON() ([]byte, error) { return json.Marshal(s.names()) }

// decodeFileCaps reads what setcap(8) leaves at a file, the extended attribute
// security.capability: struct vfs_cap_data of linux/capability.h. Only what is
// effective from the start counts, since the program raises nothing itself.
func decodeFileCaps(attribute []byte) capSet {
	const (
		effective = 1 // VFS_CAP_FLAGS_EFFECTIVE
		revision  = 0xff000000
		revision2 = 0x02000000 // revision 3 has a user namespace's root in addition
		revision3 = 0x03000000
	)
	if len(attribute) < 20 {
		return 0
	}
	magic := binary.LittleEndian.Uint32(attribute)
	if r := magic & revision; r != revision2 && r != revision3 || magic&effective == 0 {
		return 0
	}
	low := binary.LittleEndian.Uint32(attribute[4:]) // permitted; inheritable follows
	high := binary.LittleEndian.Uint32(attribute[12:])
	return capSet(low) | capSet(high)<<32
}
