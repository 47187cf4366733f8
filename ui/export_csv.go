package ui

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sockeye/ui/tab"
	"sockeye/ui/term"
)

// sheetCSV returns the rows as RFC 4180 has them: where the tab tells objects those, with
// numbers as numbers, else what is shown.
func sheetCSV(s *tab.Sheet) ([]byte, error) {
	columns, rows := s.Columns, s.Rows
	if s.Objects != nil {
		text, err := s.Objects()
		if err != nil {
			return nil, err
		}
		if columns, rows, err = tableOf(text); err != nil {
			return nil, fmt.Errorf("read objects: %w", err)
		}
	} else {
		rows = slices.Clone(rows)
		for i, row := range rows {
			rows[i] = make([]string, len(row))
			for at, value := range row {
				rows[i][at] = safeCell(value)
			}
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(columns) // into memory: Error has what is wrong with a row
	_ = w.WriteAll(rows)
	return b.Bytes(), w.Error()
}

// safeCell makes a text printable, and leads one that a spreadsheet would take for a
// formula by an apostrophe: names come from the network.
func safeCell(text string) string {
	text = term.Printable(text)
	if text != "" && text != "-" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// field is a value of an object, and its name.
type field struct{ name, value string }

// tableOf makes a table of an array of JSON objects, with a column for each field that any
// of them has, in the order in which they are met.
func tableOf(objects []byte) (columns []string, rows [][]string, err error) {
	d := json.NewDecoder(bytes.NewReader(objects))
	d.UseNumber()
	if _, err := d.Token(); err != nil { // the array begins
		return nil, nil, err
	}
	place := map[string]int{}
	for d.More() {
		fields, err := appendFields(nil, d, "")
		if err != nil {
			return nil, nil, err
		}
		row := make([]string, len(columns))
		for _, f := range fields {
			at, known := place[f.name]
			if !known {
				at = len(columns)
				place[f.name] = at
				columns, row = append(columns, f.name), append(row, "")
			}
			row[at] = f.value
		}
		rows = append(rows, row)
	}
	for i := range rows {
		rows[i] = append(rows[i], make([]string, len(columns)-len(rows[i]))...)
	}
	return columns, rows, nil
}

// appendFields appends the fields of the next value. Those of objects within it have
// names with a dot; numbers of both ways, which are arrays of two, end in _sent and
// _received; other arrays are one text.
func appendFields(to []field, d *json.Decoder, name string) ([]field, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '[' {
			return appendArray(to, d, name)
		}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			if to, err = appendFields(to, d, strings.TrimPrefix(name+"."+key.(string), ".")); err != nil {
				return nil, err
			}
		}
		_, err = d.Token() // the object ends
		return to, err
	case string:
		return append(to, field{name, safeCell(v)}), nil
	case nil:
		return append(to, field{name, ""}), nil
	}
	return append(to, field{name, fmt.Sprint(token)}), nil
}

func appendArray(to []field, d *json.Decoder, name string) ([]field, error) {
	var all []field
	var err error
	numbers := true
	for d.More() {
		before := len(all)
		if all, err = appendFields(all, d, name); err != nil {
			return nil, err
		}
		numbers = numbers && len(all) == before+1 && isNumber(all[before].value)
	}
	if _, err := d.Token(); err != nil { // the array ends
		return nil, err
	}
	if len(all) == 2 && numbers {
		return append(to, field{name + "_sent", all[0].value}, field{name + "_received", all[1].value}), nil
	}
	texts := make([]string, len(all))
	for i := range all {
		texts[i] = all[i].value
	}
	return append(to, field{name, strings.Join(texts, " ")}), nil
}

// isNumber reports whether a text is a number as JSON writes it.
func isNumber(text string) bool {
	var n json.Number
	return json.Unmarshal([]byte(text), &n) == nil
}
