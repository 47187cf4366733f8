package ui

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sockeye/config"
	"sockeye/internal/testkit/screen"
	"sockeye/ui/tab"
)

// trial is how an action is tried: what is pressed before it, and what it has to change
// where that is not the picture.
type trial struct {
	before  []string
	open    []func(*Options)
	changes func(s *stage) string
}

func bells(s *stage) string { return fmt.Sprint(s.ended, s.canvas.Suspended(), s.canvas.Copied()) }

func player(o *Options) { o.Source = &film{Source: screen.New(), speed: 1} }

func grouped(o *Options) { o.Prefs.Group = tab.ByProcess }

// trials has those actions that need more than the key.
var trials = map[tab.Action]trial{
	tab.DoRowUp:        {before: []string{"end"}},
	tab.DoHalfPageUp:   {before: []string{"end"}},
	tab.DoPageUp:       {before: []string{"end"}},
	tab.DoFirst:        {before: []string{"end"}},
	tab.DoRowDown:      {before: []string{"home"}},
	tab.DoHalfPageDown: {before: []string{"home"}},
	tab.DoPageDown:     {before: []string{"home"}},
	tab.DoLast:         {before: []string{"home"}},
	tab.DoOpen:         {before: []string{"home"}},
	tab.DoBack:         {before: []string{"home"}},
	tab.DoTab1:         {before: []string{"f2"}},
	tab.DoClearQuery:   {before: []string{"/", "g", "i", "t", "enter"}},
	tab.DoSort2s:       {before: []string{"3"}},
	tab.DoReset:        {before: []string{"3", "a"}},
	tab.DoToggle:       {open: []func(*Options){grouped}, before: []string{"home"}},
	tab.DoExpand:       {open: []func(*Options){grouped}, before: []string{"home", "left"}},
	tab.DoCollapse:     {open: []func(*Options){grouped}, before: []string{"home", "right"}},
	tab.DoPin:          {before: []string{"end"}},
	tab.DoInlineSpark:  {before: []string{"home"}},
	tab.DoRowTip:       {before: []string{"home"}},
	tab.DoCopyRow:      {before: []string{"home"}, changes: bells},
	tab.DoCopyRemote:   {before: []string{"home"}, changes: bells},
	tab.DoSuspend:      {changes: bells},
	tab.DoQuit:         {changes: bells},
	tab.DoQuitNow:      {changes: bells},
	tab.DoTooltips:     {changes: func(s *stage) string { return fmt.Sprint(s.model.Prefs.Tooltips) }},
	tab.DoMouse:        {changes: func(s *stage) string { return fmt.Sprint(s.canvas.Mouse()) }},
	tab.DoZoomIn:       {before: []string{"f6", "-"}},
	tab.DoZoomOut:      {before: []string{"f6", "+"}},
	tab.DoCursorLeft:   {open: []func(*Options){player}, changes: filmed},
	tab.DoCursorRight:  {open: []func(*Options){player}, changes: filmed},
	tab.DoPlayPause:    {open: []func(*Options){player}, changes: filmed},
	tab.DoSlower:       {open: []func(*Options){player}, changes: filmed},
	tab.DoFaster:       {open: []func(*Options){player}, changes: filmed},
}

func filmed(s *stage) string {
	f := s.model.Player.(*film)
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprint(f.at, f.on, f.speed)
}

// picture returns what is seen of all but the status line: characters and styles.
func (s *stage) picture() string {
	c := s.canvas.Last()
	c.H = max(0, c.H-1)
	return c.String() + c.Styles()
}

func TestEveryActionHasAnEffect(t *testing.T) {
	keys, err := newKeymap(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range keys.table {
		row := &keys.table[i]
		t.Run(row.name, func(t *testing.T) {
			if len(row.keys) == 0 && row.id != tab.DoThemeEditor {
				t.Fatal("has no key")
			}
			if row.help == "" || row.tip == "" {
				t.Fatal("has no help or no tooltip")
			}
			try := trials[row.id]
			for _, key := range row.keys {
				s := newStage(t, 160, 40, try.open...)
				s.press(try.before...)
				s.settle()
				see := try.changes
				if see == nil {
					see = (*stage).picture
				}
				before := see(s)
				s.press(key)
				s.settle()
				s.wait(2 * messageTime) // a message alone is no effect
				s.clock.move(-2 * messageTime)
				s.refresh() // nor is a clock that went on
				s.redraw()
				if see(s) == before {
					t.Errorf("%s (%s) changed nothing:\n%s", key, row.help, s.text())
				}
			}
		})
	}
}

// TestKeysAreTheOnesPromised holds the keys that people know from elsewhere.
func TestKeysAreTheOnesPromised(t *testing.T) {
	want := map[tab.Action]string{
		tab.DoQuit: "q", tab.DoQuitNow: "ctrl-c", tab.DoHelp: "h ?", tab.DoRowDown: "j down", tab.DoRowUp: "k up",
		tab.DoHalfPageDown: "ctrl-d", tab.DoHalfPageUp: "ctrl-u", tab.DoPageDown: "pgdn ctrl-f", tab.DoPageUp: "pgup ctrl-b",
		tab.DoFirst: "g home", tab.DoLast: "G end", tab.DoOpen: "enter", tab.DoBack: "esc", tab.DoGroupNext: "a",
		tab.DoToggle: "space", tab.DoCollapse: "left", tab.DoExpand: "right", tab.DoResolve: "n d", tab.DoServiceNames: "N",
		tab.DoPorts: "p", tab.DoBitsBytes: "B", tab.DoBarStyle: "b", tab.DoLogScale: "L", tab.DoProcessColumn: "Z",
		tab.DoHeaderBar: "H", tab.DoBorders: "x", tab.DoSidePanel: "I", tab.DoTooltips: "T", tab.DoMouse: "M",
		tab.DoThemes: "c", tab.DoPin: "F", tab.DoExport: "e", tab.DoReset: "R", tab.DoQuery: "/", tab.DoClearQuery: "0",
		tab.DoCaptureFilter: "|", tab.DoSort2s: "1", tab.DoSort10s: "2", tab.DoSort40s: "3", tab.DoSortSource: "<",
		tab.DoSortDestination: ">", tab.DoSortNext: "s", tab.DoSortFlip: "S r", tab.DoFreeze: "o", tab.DoPause: "P",
		tab.DoLineMode: "t", tab.DoCumulative: "U", tab.DoClosed: "C", tab.DoRefresh: "f", tab.DoInterfaces: "i",
		tab.DoCopyRow: "y", tab.DoCopyRemote: "Y", tab.DoClearStatistics: "X", tab.DoSuspend: "ctrl-z",
		tab.DoNextTab: "tab ]", tab.DoPreviousTab: "shift-tab [", tab.DoTab1: "f1 alt-1", tab.DoTab8: "f8 alt-8",
	}
	keys, err := newKeymap(nil)
	if err != nil {
		t.Fatal(err)
	}
	for id, names := range want {
		if got := strings.Join(keys.byAction[id].keys, " "); got != names {
			t.Errorf("%s: got keys %q, want %q", keys.byAction[id].name, got, names)
		}
	}
}

// TestARestartShowsTheSame changes every setting that persists, and opens the dashboard
// anew with the file that was written.
func TestARestartShowsTheSame(t *testing.T) {
	keys, err := newKeymap(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range keys.table {
		row := &keys.table[i]
		if row.saves == "" || row.id == tab.DoReset || row.id == tab.DoThemeEditor {
			continue
		}
		if !slices.Contains(config.Keys(), row.saves) {
			t.Errorf("%s is kept as %s, which the configuration does not know", row.name, row.saves)
		}
		t.Run(row.name, func(t *testing.T) {
			s := newStage(t, 160, 40)
			s.press("home")
			s.press(keysToChange(row)...)
			s.settle()
			if _, ok := s.disk.saved[row.saves]; !ok {
				t.Fatalf("%s is not saved: %v", row.saves, s.disk.saved)
			}
			s.press("esc", "home", "esc")
			s.wait(2 * messageTime)
			s.refresh()

			again := newStage(t, 160, 40, func(o *Options) { o.Prefs = reloaded(t, s.disk.saved) })
			again.press("home", "esc")
			again.wait(2 * messageTime)
			again.refresh()
			if got, want := again.picture(), s.picture(); got != want {
				t.Errorf("after a restart:\n%s", differences(again.text(), s.text()))
			}
		})
	}
}

// keysToChange returns what changes what an action keeps.
func keysToChange(row *action) []string {
	switch row.id {
	case tab.DoThemes:
		return []string{"c", "j", "enter"}
	case tab.DoColumns:
		return []string{"V", "j", "enter", "esc"}
	case tab.DoAlerts, tab.DoScaleEnd:
		return []string{row.keys[0], "1", "M", "B", "enter"}
	case tab.DoSort2s:
		return []string{"1", "r"}
	}
	return row.keys[:1]
}

// reloaded writes settings into a file and reads them from it.
func reloaded(t *testing.T, saved map[string]any) *tab.Prefs {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	saved = maps.Clone(saved)
	if saved["theme"] == nil {
		saved["theme"] = "nord"
	}
	if err := config.Update(path, config.Invoker(), saved); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return PrefsFrom(c)
}

func TestBothDefaultsAreTheSame(t *testing.T) {
	if diff := cmp.Diff(tab.DefaultPrefs(), PrefsFrom(config.Default())); diff != "" {
		t.Errorf("the configuration's defaults are not those of the screen (-screen +config):\n%s", diff)
	}
}

// film is a source with a time axis of a minute.
type film struct {
	*screen.Source
	mu    sync.Mutex
	at    int64
	on    bool
	speed float64
}

func (f *film) Span() (first, last, now int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	begin := screen.Now.UnixNano()
	if f.at == 0 {
		f.at = begin + int64(30*time.Second)
	}
	return begin, begin + int64(time.Minute), f.at
}

func (f *film) GoTo(ns int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = ns
}

func (f *film) Play(on bool, speed float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on, f.speed = on, speed
}

func (f *film) Playing() (on bool, speed float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.on, f.speed
}

func TestRemappedKeys(t *testing.T) {
	for name, c := range map[string]struct {
		remap map[string][]string
		wrong string
	}{
		"none":           {nil, ""},
		"another key":    {map[string][]string{"pause": {"f9"}}, ""},
		"two":            {map[string][]string{"pause": {"f9", "f10"}}, ""},
		"swapped":        {map[string][]string{"pause": {"p"}, "ports": {"P"}}, ""},
		"taken":          {map[string][]string{"pause": {"q"}}, `"q" is for both pause and quit`},
		"no such action": {map[string][]string{"paus": {"f9"}}, `no such action: "paus" (did you mean "pause"?)`},
		"no such key":    {map[string][]string{"pause": {"hyper-x"}}, "no such key"},
		"no way out":     {map[string][]string{"quit": {}, "quit_now": {}}, "no key is left for quit"},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckKeys(c.remap)
			switch {
			case c.wrong == "" && err != nil:
				t.Fatalf("got %v, want no error", err)
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Fatalf("got %v, want an error with %q", err, c.wrong)
			}
		})
	}
	s := newStage(t, 100, 30, func(o *Options) { o.Keys = map[string][]string{"pause": {"f9"}} })
	s.press("P")
	if !s.model.Paused.IsZero() {
		t.Error("the old key still pauses")
	}
	s.press("f9")
	if s.model.Paused.IsZero() {
		t.Error("the new key does not pause")
	}
	s.press("h")
	s.shows("F9")
}

func TestSpeedOfAFile(t *testing.T) {
	s := newStage(t, 100, 24, player)
	f := s.model.Player.(*film)
	for _, c := range []struct {
		key  string
		want float64
	}{
		{")", 2}, {")", 4}, {")", 8}, {")", 16}, {")", 32}, {")", 64}, {")", 0}, {")", 0}, {"(", 64}, {"(", 32}, {"(", 16}, {"(", 8},
		{"(", 4}, {"(", 2}, {"(", 1}, {"(", 0.5}, {"(", 0.25}, {"(", 0.125}, {"(", 0.125},
	} {
		s.press(c.key)
		if _, got := f.Playing(); got != c.want {
			t.Fatalf("%s: got speed %v, want %v", c.key, got, c.want)
		}
	}
	s = newStage(t, 100, 24)
	for _, key := range []string{"w", "(", ",", ")"} {
		s.press(key)
		if s.status.text == "" {
			t.Errorf("%s on a live capture says nothing", key)
		}
	}
}

func TestSettingsComeFromTheConfiguration(t *testing.T) {
	c, err := config.Parse("config.yaml", []byte(`
names: false
bytes: true
bar_style: ascii
line_mode: two
flows_by: country
processes_by: user
theme: nord
scale_max: 10MB
alert_threshold: 1MB
refresh_interval: 5s
sort: {flows: created, processes: -total}
columns: {flows.rtt: false}
widths: {flows.process: 24}
pins: [{process: curl, remote: example.org}]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := tab.DefaultPrefs()
	want.Resolve, want.Bytes, want.BarStyle, want.LineMode = false, true, tab.ASCIIBars, tab.TwoLines
	want.Group, want.AggregateBy, want.Theme, want.ScaleMax, want.AlertThreshold = tab.ByCountry, tab.OfUser, "nord", 10e6, 1e6
	want.Refresh = 5 * time.Second
	want.Sort[tab.FlowsTab], want.Sort[tab.ProcessesTab] = tab.Sort{}, tab.Sort{Column: "total", Descending: true}
	want.Columns["flows.rtt"], want.Widths["flows.process"] = false, 24
	want.Pins = []tab.PinnedPair{{Process: "curl", Remote: "example.org"}}
	if diff := cmp.Diff(want, PrefsFrom(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again := reloaded(t, changesOf(want))
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("after they were written (-want +got):\n%s", diff)
	}
}
