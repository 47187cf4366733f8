package ui

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sockeye/ui/tab"
	"sockeye/ui/term"
)

// keymap says which action a key is for.
type keymap struct {
	byKey    map[term.Key]*action
	byAction map[tab.Action]*action
	bound    map[tab.Action][]string // the names of each one's keys
	table    []action
	ascii    bool // keys are called by characters of ASCII alone
}

// newKeymap returns the table's keys, with those of remap in the place of an action's
// own. No key is for two actions.
func newKeymap(remap map[string][]string) (*keymap, error) {
	k := &keymap{
		byKey: map[term.Key]*action{}, byAction: map[tab.Action]*action{}, bound: map[tab.Action][]string{},
		table: actions(),
	}
	known := map[string]bool{}
	for i := range k.table {
		known[k.table[i].name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(remap)) {
		if !known[name] {
			return nil, fmt.Errorf("keys: no such action: %q%s", name, k.nearest(name))
		}
	}
	var wrong []error
	for i := range k.table {
		row := &k.table[i]
		names, changed := remap[row.name]
		if !changed {
			names = row.keys
		}
		k.byAction[row.id], k.bound[row.id] = row, names
		wrong = append(wrong, k.bind(row, names)...)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	if len(k.bound[tab.DoQuit])+len(k.bound[tab.DoQuitNow]) == 0 {
		return nil, errors.New("keys: no key is left for quit")
	}
	return k, nil
}

// bind gives an action its keys, and returns what is wrong with them.
func (k *keymap) bind(row *action, names []string) (wrong []error) {
	for _, name := range names {
		key, err := term.ParseKey(name)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("keys: %s: %w", row.name, err))
			continue
		}
		if other := k.byKey[key]; other != nil {
			wrong = append(wrong, fmt.Errorf("keys: %q is for both %s and %s", name, other.name, row.name))
			continue
		}
		k.byKey[key] = row
	}
	return wrong
}

// nearest words which action may have been meant.
func (k *keymap) nearest(name string) string {
	for i := range k.table {
		if n := k.table[i].name; strings.Contains(n, name) || strings.Contains(name, n) {
			return fmt.Sprintf(" (did you mean %q?)", n)
		}
	}
	return ""
}

// CheckKeys reports what is wrong with a remap of keys, by the actions' names.
func CheckKeys(remap map[string][]string) error {
	_, err := newKeymap(remap)
	return err
}

// action returns what a key is for, DoNothing if it is for nothing.
func (k *keymap) action(key term.Key) tab.Action {
	if row := k.byKey[key]; row != nil {
		return row.id
	}
	return tab.DoNothing
}

// names returns the keys of an action as people read them: "j ↓".
func (k *keymap) names(id tab.Action) string {
	var all []string
	for _, name := range k.bound[id] {
		all = append(all, k.label(name))
	}
	return strings.Join(all, " ")
}

// first returns the first key of an action, as people read it.
func (k *keymap) first(id tab.Action) string {
	if all := k.bound[id]; len(all) > 0 {
		return k.label(all[0])
	}
	return ""
}

func (k *keymap) label(name string) string {
	label := keyLabel(name)
	if k.ascii {
		return asciiArrows.Replace(label)
	}
	return label
}

var asciiArrows = strings.NewReplacer("↑", "Up", "↓", "Down", "←", "Left", "→", "Right")

var keyLabels = strings.NewReplacer("ctrl-", "Ctrl-", "alt-", "Alt-", "shift-", "Shift-", "tab", "Tab", "enter", "Enter",
	"esc", "Esc", "space", "Space", "pgup", "PgUp", "pgdn", "PgDn", "home", "Home", "end", "End",
	"up", "↑", "down", "↓", "left", "←", "right", "→", "backspace", "Backspace", "delete", "Del", "insert", "Ins")

// keyLabel returns a key's name as people read it: "Ctrl-D", "↓", "F1".
func keyLabel(name string) string {
	if len(name) < 2 {
		return name
	}
	if after, ok := strings.CutPrefix(name, "ctrl-"); ok && len(after) == 1 {
		return "Ctrl-" + strings.ToUpper(after)
	}
	if name[0] == 'f' && strings.Trim(name[1:], "0123456789") == "" {
		return "F" + name[1:]
	}
	return keyLabels.Replace(name)
}
