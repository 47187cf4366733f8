package ui

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit/screen"
	"sockeye/track"
	"sockeye/ui/tab"
	"sockeye/ui/term"
)

func TestQueryBarShowsResultsAsOneTypes(t *testing.T) {
	s := newStage(t, 120, 30)
	s.press("/")
	s.typed("github")
	s.shows("github.com")
	s.hides("uploads.ex", "youtube")
	s.shows("1 of 11 flows")

	s.press("esc")
	s.shows("github.com", "youtu")
	if s.model.QueryText != "" {
		t.Errorf("after Esc: got query %q, want none", s.model.QueryText)
	}
	s.press("/")
	s.typed("port:443")
	s.press("enter")
	if len(s.windows) != 0 || s.model.QueryText != "port:443" {
		t.Errorf("after Enter: got %d windows and query %q", len(s.windows), s.model.QueryText)
	}
	s.hides("sshd")
	s.shows("/port:443")
	s.press("0")
	s.shows("sshd")
}

func TestWrongQueryIsMarkedAndTheLastGoodOneHolds(t *testing.T) {
	s := newStage(t, 120, 30)
	s.press("/")
	s.typed("port:443")
	s.hides("sshd")
	s.send(term.Event{Kind: term.Paste, Text: " prot:tcp"})
	s.shows("did you mean", "github.com")
	s.hides("sshd")
	s.press("enter")
	if len(s.windows) != 1 {
		t.Fatal("Enter closed the bar over a wrong query")
	}
	s.press("esc")
	if s.model.QueryErr != nil || s.model.QueryText != "" {
		t.Errorf("after Esc: got %q, %v", s.model.QueryText, s.model.QueryErr)
	}
}

func TestQueryHistoryCompletionAndMoves(t *testing.T) {
	s := newStage(t, 120, 30)
	for _, q := range []string{"ssh", "dns", "ssh"} {
		s.press("/", "ctrl-u")
		s.typed(q)
		s.press("enter")
	}
	if want := []string{"dns", "ssh"}; !slices.Equal(s.model.Prefs.History, want) {
		t.Errorf("history: got %v, want %v", s.model.Prefs.History, want)
	}
	s.press("/", "ctrl-u", "ctrl-p", "ctrl-p")
	if s.model.QueryText != "dns" {
		t.Errorf("two back: got %q, want dns", s.model.QueryText)
	}
	s.press("ctrl-n")
	if s.model.QueryText != "ssh" {
		t.Errorf("one forward: got %q, want ssh", s.model.QueryText)
	}
	s.press("ctrl-u")
	s.typed("contain")
	s.press("tab")
	if !strings.HasPrefix(s.model.QueryText, "container") {
		t.Errorf("Tab: got %q, want container…", s.model.QueryText)
	}
	s.press("ctrl-u", "down")
	if s.model.Selected == 0 {
		t.Error("↓ selected no row while the bar was open")
	}
}

func TestFilterEditorAppliesOnlyWhatIsRight(t *testing.T) {
	s := newStage(t, 120, 30)
	s.press("|")
	s.typed("wrong")
	s.shows("no such word")
	s.press("enter")
	s.settle()
	if len(s.windows) != 1 || len(s.source.Done()) != 0 {
		t.Fatalf("a wrong filter: got %d windows, %v done", len(s.windows), s.source.Done())
	}
	s.press("ctrl-u")
	s.typed("tcp port 443")
	s.press("enter")
	s.settle()
	if want := []string{"filter tcp port 443"}; !slices.Equal(s.source.Done(), want) {
		t.Errorf("got %v done, want %v", s.source.Done(), want)
	}
	s.shows("captures tcp port 443")
	s.refresh()
	s.shows("filter tcp port 443")
}

func TestInterfaceIsSwitchedLive(t *testing.T) {
	s := newStage(t, 120, 30)
	s.press("i")
	s.shows("eth0", "wlan0", "ethernet, 192.168.1.10/24", "wifi, no carrier")
	s.press("j", "j", "enter")
	s.settle()
	if want := []string{"interface wlan0"}; !slices.Equal(s.source.Done(), want) {
		t.Errorf("got %v done, want %v", s.source.Done(), want)
	}
	s.source.Change(func(src *screen.Source) { src.Wrong = errors.New("capture wlan0: no such device") })
	s.press("i", "j", "j", "enter")
	s.settle()
	s.shows("no such device")
}

func TestThemePreviewIsUndone(t *testing.T) {
	s := newStage(t, 120, 40)
	before := s.picture()
	s.press("c")
	s.press("j", "j", "j")
	if s.model.Theme.Name == "nord" {
		t.Error("the selected theme is not shown")
	}
	s.settle()
	if s.disk.saves != 0 {
		t.Error("a preview was saved")
	}
	s.press("esc")
	if s.picture() != before {
		t.Error("Esc does not undo the preview")
	}
	s.press("c", "j", "enter")
	s.settle()
	if s.model.Theme.Name == "nord" || s.disk.saved["theme"] != s.model.Theme.Name {
		t.Errorf("got theme %s, saved %v", s.model.Theme.Name, s.disk.saved["theme"])
	}
}

func TestEditedThemeIsListed(t *testing.T) {
	s := newStage(t, 120, 40)
	before := s.picture()
	s.press("c", "e")
	s.press("right", "right", "j", ">", "k", "left")
	if s.picture() == before {
		t.Error("the edited colours are not shown")
	}
	s.press("esc")
	if s.picture() != before {
		t.Error("Esc does not undo the editor")
	}
	s.press("c", "e", "right", "enter")
	s.typed("Mine")
	s.shows("small letters")
	s.press("ctrl-u")
	s.typed("mine")
	s.press("enter")
	s.settle()
	if s.disk.saved["theme"] != "mine" || s.disk.saved["themes"] == nil {
		t.Fatalf("got %v saved", s.disk.saved)
	}
	s.press("c")
	s.shows("mine", "yours")
}

func TestQuitAsksIfThatIsWanted(t *testing.T) {
	s := newStage(t, 80, 24)
	s.press("q")
	if !s.ended {
		t.Error("q does not quit")
	}
	s = newStage(t, 80, 24, func(o *Options) { o.Prefs.ConfirmQuit = true })
	s.press("q")
	s.shows("End Sockeye?")
	s.press("n")
	if s.ended || len(s.windows) != 0 {
		t.Error("another key does not go on")
	}
	s.press("q", "q")
	if !s.ended {
		t.Error("q q does not quit")
	}
	s = newStage(t, 80, 24, func(o *Options) { o.Prefs.ConfirmQuit = true })
	s.press("/", "ctrl-c")
	if !s.ended {
		t.Error("Ctrl-C does not quit at once")
	}
}

func TestClearAsks(t *testing.T) {
	s := newStage(t, 100, 24)
	s.source.Change(func(src *screen.Source) { src.Happened = append(src.Happened, track.Event{Kind: track.FlowOpened}) })
	s.refresh()
	s.press("X", "j")
	s.settle()
	if len(s.source.Done()) != 0 {
		t.Fatal("statistics were cleared although another key was pressed")
	}
	s.press("X", "X")
	s.settle()
	s.refresh()
	if got := len(s.model.Log.All()); got != 0 {
		t.Errorf("got %d events in the log, want none", got)
	}
	if want := []string{"clear"}; !slices.Equal(s.source.Done(), want) {
		t.Errorf("got %v done, want %v", s.source.Done(), want)
	}
	s.shows("Waiting for traffic on eth0")
}

func TestADemonstrationSaysSo(t *testing.T) {
	s := newStage(t, 60, 15, func(o *Options) { o.Source.(*screen.Source).State.Kind = tab.Demo })
	s.shows("DEMO")
}

func TestHelpIsCompleteOnASmallScreen(t *testing.T) {
	s := newStage(t, 60, 15)
	s.press("h")
	seen := map[string]bool{}
	for range 200 {
		for line := range strings.Lines(s.text()) {
			seen[strings.TrimSpace(strings.Trim(strings.TrimSpace(line), "│┃"))] = true
		}
		s.press("j")
	}
	all := ""
	for line := range seen {
		all += line + "\n"
	}
	for i := range s.keys.table {
		row := &s.keys.table[i]
		if names := s.keys.names(row.id); names != "" && !strings.Contains(all, names) {
			t.Errorf("the help does not show %s (%s)", names, row.help)
		}
	}
	s.press("esc")
	if len(s.windows) != 0 {
		t.Error("Esc does not close the help")
	}
}

func TestExportMakesANewFileOfTheView(t *testing.T) {
	s := newStage(t, 120, 30)
	for _, want := range []struct {
		keys []string
		file string
		text string
	}{
		{nil, "sockeye-flows-20260102-030405.json", `"github.com"`},
		{[]string{"j"}, "sockeye-flows-20260102-030405.csv", "github.com"},
		{[]string{"j", "j"}, "sockeye-flows-20260102-030405.txt", "github.com"},
		{nil, "sockeye-flows-20260102-030405-1.json", `"github.com"`},
	} {
		s.press("e")
		s.press(want.keys...)
		s.press("enter")
		s.settle()
		s.shows("11 rows in /home/anna/" + want.file)
		file := s.disk.files[want.file]
		if file == nil || !strings.Contains(file.String(), want.text) {
			t.Errorf("%s: got %v, want a file with %s", want.file, file, want.text)
		}
	}
}

func TestExportKeepsFormulasFromSpreadsheets(t *testing.T) {
	text, err := sheetCSV(&tab.Sheet{Columns: []string{"a", "b"}, Rows: [][]string{{"=1+1", "-"}, {"@x", "x,\"y\""}}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "a,b\n'=1+1,-\n'@x,\"x,\"\"y\"\"\"\n"; string(text) != want {
		t.Errorf("got %q, want %q", text, want)
	}
	text, _ = sheetText(&tab.Sheet{Columns: []string{"a"}, Rows: [][]string{{"x\x1b[31m"}}})
	if strings.Contains(string(text), "\x1b") {
		t.Errorf("an escape sequence went into the file: %q", text)
	}
}

func TestExportAsJSONOfWhatHasNoObjects(t *testing.T) {
	text, err := sheetJSON(&tab.Sheet{Columns: []string{"name", "n"}, Rows: [][]string{{"a\"b", "1"}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]string
	if err := json.Unmarshal(text, &got); err != nil || len(got) != 1 || got[0]["name"] != "a\"b" || got[0]["n"] != "1" {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestExportSaysWhatWentWrong(t *testing.T) {
	s := newStage(t, 120, 30, func(o *Options) {
		o.Export = func(string) (File, error) { return nil, errors.New("read-only file system") }
	})
	s.press("e", "enter")
	s.settle()
	s.shows("read-only file system")
}

func TestPauseKeepsThePicture(t *testing.T) {
	s := newStage(t, 120, 30)
	s.press("P")
	s.source.Change(func(src *screen.Source) {
		src.Flows = src.Flows[:3]
		src.Clock = src.Clock.Add(5 * time.Second)
	})
	s.clock.move(5 * time.Second)
	s.refresh()
	s.shows("11 flows", "sshd", "PAUSED 5.00s")
	s.press("P")
	s.refresh()
	s.shows("3 flows")
	s.hides("sshd", "PAUSED")
}

func TestEscClosesTheWindowThenTheStepThenDeselects(t *testing.T) {
	s := newStage(t, 120, 30)
	s.press("home")
	s.request(tab.Request{Tab: -1, Drill: &tab.Step{By: "process", Label: "curl"}})
	s.press("h", "esc")
	if len(s.windows) != 0 || len(s.model.Drill) != 1 {
		t.Fatal("the first Esc did not close the window alone")
	}
	s.shows("Flows ▸ process curl")
	s.press("esc")
	if len(s.model.Drill) != 0 || s.model.Selected == 0 {
		t.Fatal("the second Esc did not take back the drill-down alone")
	}
	s.press("esc")
	if s.model.Selected != 0 {
		t.Error("the third Esc did not deselect")
	}
}

func TestPastedTextGoesIntoTheLine(t *testing.T) {
	s := newStage(t, 120, 30)
	s.send(term.Event{Kind: term.Paste, Text: "q\nX"})
	if s.ended {
		t.Fatal("pasted text was taken for keys")
	}
	s.press("/")
	s.send(term.Event{Kind: term.Paste, Text: "github"})
	s.shows("1 of 11 flows")
}

func TestChoosersFindAndTakeClicks(t *testing.T) {
	s := newStage(t, 120, 40)
	s.press("c", "/")
	s.typed("drac")
	s.press("ctrl-u", "enter", "esc")
	if len(s.windows) != 0 || s.model.Prefs.Theme != "nord" {
		t.Fatalf("nothing is found: got %d windows and theme %s", len(s.windows), s.model.Prefs.Theme)
	}
	s.press("c", "/")
	s.typed("gruv")
	s.hides("Tokyo Night")
	s.press("enter", "enter")
	if s.model.Prefs.Theme != "gruvbox" {
		t.Errorf("got theme %s, want gruvbox", s.model.Prefs.Theme)
	}
	s.press("i")
	x, y := s.find("wlan0  ")
	s.click(term.LeftButton, x, y)
	if len(s.windows) != 1 {
		t.Fatal("the first click chose")
	}
	s.click(term.LeftButton, x, y)
	s.settle()
	if want := []string{"interface wlan0"}; !slices.Equal(s.source.Done(), want) {
		t.Errorf("got %v done, want %v", s.source.Done(), want)
	}
	s.press("i")
	s.click(term.LeftButton, 0, 0)
	if len(s.windows) != 0 {
		t.Error("a click beside the window does not close it")
	}
}

func TestColumnsAreHiddenAndWidened(t *testing.T) {
	s := newStage(t, 200, 40)
	s.shows("State")
	s.press("V", "/")
	s.typed("state")
	s.press("enter", "space", "esc")
	s.hides("State ")
	s.settle()
	if s.disk.saved["columns"] == nil {
		t.Error("the choice is not saved")
	}
	s.press("V", "/")
	s.typed("process")
	s.press("enter", "right", "right", "esc")
	if len(s.model.Prefs.Widths) != 1 {
		t.Errorf("got widths %v, want one", s.model.Prefs.Widths)
	}
}

func TestWrongKeysRestoreTheTerminal(t *testing.T) {
	c := screen.NewCanvas(80, 24)
	err := Run(t.Context(), Options{Screen: c, Source: screen.New(), Keys: map[string][]string{"pause": {"q"}}})
	if err == nil || !c.Closed() {
		t.Errorf("got %v, and closed %v", err, c.Closed())
	}
}
