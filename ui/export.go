package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/widget"
)

// exportForms are what a view can be written as.
var exportForms = []struct {
	label, ending string
	encode        func(*tab.Sheet) ([]byte, error)
}{
	{"JSON", "json", sheetJSON},
	{"CSV", "csv", sheetCSV},
	{"text", "txt", sheetText},
}

// openExport asks for the form in which the view is written into a file.
func (a *App) openExport() {
	if a.o.Export == nil {
		a.say("no files are written here")
		return
	}
	sheet := a.active().Sheet(&a.model)
	if sheet == nil || len(sheet.Rows) == 0 {
		a.say(a.active().Name() + ": there is nothing to export")
		return
	}
	w := &chooser{box: box{title: "Export " + plural(len(sheet.Rows), "row"), keys: "Enter writes a new file, Esc does not"}}
	for _, f := range exportForms {
		w.list.Items = append(w.list.Items, widget.Item{Text: f.label, Note: "." + f.ending})
	}
	w.chose = func(a *App, item int) {
		a.close(w)
		a.export(sheet, item)
	}
	a.open(w)
}

// export writes a sheet into a new file, and says which.
func (a *App) export(s *tab.Sheet, form int) {
	f := exportForms[form]
	text, err := f.encode(s)
	if err != nil {
		a.complain(fmt.Errorf("export %s: %w", s.Name, err))
		return
	}
	stamp := a.now.Format("20060102-150405")
	var path string
	a.background(func() error {
		path, err = a.writeNew("sockeye-"+s.Name+"-"+stamp, f.ending, text)
		return err
	}, func(err error) {
		if err != nil {
			a.complain(err)
			return
		}
		a.say(plural(len(s.Rows), "row") + " in " + term.Printable(path))
	})
}

// writeNew writes a file that was not there before: where its name is taken, a number is
// added.
func (a *App) writeNew(name, ending string, text []byte) (path string, err error) {
	const most = 100
	var file File
	for n := range most {
		try := name + "." + ending
		if n > 0 {
			try = fmt.Sprintf("%s-%d.%s", name, n, ending)
		}
		if file, err = a.o.Export(try); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("export: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("export to %s: %w", file.Name(), err)
	}
	return file.Name(), nil
}

// sheetJSON returns the rows as objects, with numbers as numbers where the tab tells
// them.
func sheetJSON(s *tab.Sheet) ([]byte, error) {
	if s.Objects != nil {
		return s.Objects()
	}
	all := make([]map[string]string, len(s.Rows))
	for i, row := range s.Rows {
		all[i] = map[string]string{}
		for at, value := range row {
			all[i][s.Columns[at]] = value
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	return append(text, '\n'), err
}

// sheetText returns the rows as a table.
func sheetText(s *tab.Sheet) ([]byte, error) {
	widths := make([]int, len(s.Columns))
	rows := append([][]string{s.Columns}, s.Rows...)
	for _, row := range rows {
		for i, value := range row {
			widths[i] = max(widths[i], term.Width(value))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, value := range row {
			line.WriteString(term.Printable(value))
			line.WriteString(strings.Repeat(" ", widths[i]-term.Width(value)+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return []byte(b.String()), nil
}

// copy puts the selected row into the clipboard, or its remote end.
func (a *App) copy(remote bool) {
	text := a.active().Copy(&a.model, remote)
	if text == "" {
		a.say("nothing is selected that could be copied")
		return
	}
	a.copyText(text, "")
}

// copyText puts a text into the clipboard and says what it was.
func (a *App) copyText(text, what string) {
	if err := a.screen.Copy(text); err != nil {
		a.complain(fmt.Errorf("copy: %w", err))
		return
	}
	if what == "" {
		what = text
	}
	a.say("copied " + term.Printable(what))
}

// plural returns a number of things: "1 row", "3 rows".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
