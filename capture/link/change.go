package link

import (
	"cmp"
	"slices"
)

// ChangeKind says what happened to an interface.
type ChangeKind uint8

const (
	Appeared ChangeKind = iota // it is new, or it has a new index
	Gone                       // it was deleted, renamed, or moved to another network namespace
	WentUp                     // it can be captured (IFF_UP)
	WentDown
	AddrsChanged
	RouteChanged // it gained or lost the default route
	Altered      // something else that is shown: carrier, MTU, MAC, master, speed
)

// String returns a short phrase for messages: "went down".
func (k ChangeKind) String() string {
	return [...]string{"appeared", "is gone", "went up", "went down",
		"changed addresses", "changed the default route", "was altered"}[k]
}

// Change is one difference between two lists of interfaces.
type Change struct {
	Kind      ChangeKind
	Interface Interface // as it is now; as it was for Gone
}

// diff returns what turns the list before into the list after, both in the
// order of Index. An interface is known by its index and name together. What is
// gone comes first, so that a name that changed its index is free before it
// appears. Counters are no change.
func diff(before, after []Interface) []Change {
	var changes []Change
	for i := range before {
		if find(after, &before[i]) == nil {
			changes = append(changes, Change{Gone, before[i]})
		}
	}
	for i := range after {
		now := &after[i]
		was := find(before, now)
		if was == nil {
			changes = append(changes, Change{Appeared, *now})
			continue
		}
		changes = appendChanges(changes, was, now)
	}
	return changes
}

// appendChanges adds what differs between two views of one interface.
func appendChanges(changes []Change, was, now *Interface) []Change {
	if was.Up != now.Up {
		kind := WentDown
		if now.Up {
			kind = WentUp
		}
		changes = append(changes, Change{kind, *now})
	}
	if !slices.Equal(was.Addrs, now.Addrs) {
		changes = append(changes, Change{AddrsChanged, *now})
	}
	if was.DefaultRoute != now.DefaultRoute {
		changes = append(changes, Change{RouteChanged, *now})
	}
	if was.Running != now.Running || was.OperState != now.OperState || was.MTU != now.MTU ||
		was.Master != now.Master || was.Parent != now.Parent || was.Type != now.Type ||
		was.Speed != now.Speed || was.Duplex != now.Duplex || !slices.Equal(was.MAC, now.MAC) {
		changes = append(changes, Change{Altered, *now})
	}
	return changes
}

// find returns the entry of all, sorted by Index, with i's index and name.
func find(all []Interface, i *Interface) *Interface {
	at, ok := slices.BinarySearchFunc(all, i.Index, func(e Interface, index int) int {
		return cmp.Compare(e.Index, index)
	})
	if !ok || all[at].Name != i.Name {
		return nil
	}
	return &all[at]
}
