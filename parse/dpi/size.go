package dpi

import "reflect"

// Sizes are about what the heap holds, for owners who bound it: what the allocator
// rounds up is not counted, nor what several flows share.

// A sizer is a decoder that keeps more than what is in its own struct: bytes.
type sizer interface{ size() int }

const (
	inspectorBytes = 384
	halvesBytes    = 512
	appBytes       = 64
	detailBytes    = 16 // of the slot in a list
)

// Size returns how many bytes an App takes, its text in JSON included, which most
// of them get.
func (a *App) Size() int {
	if a == nil {
		return 0
	}
	n := appBytes
	for _, d := range a.Details {
		n += detailBytes + footprint(reflect.ValueOf(d), true)
	}
	return n + n/2
}

// Size returns how many bytes an Inspector takes with its decoder and what it knows.
// What it keeps of the streams is its Pool's: see Lent.
func (i *Inspector) Size() int {
	n := inspectorBytes
	if i.halves != nil {
		n += halvesBytes
	}
	if i.dec != nil {
		n += footprint(reflect.ValueOf(i.dec), false)
	}
	if s, ok := i.dec.(sizer); ok {
		n += s.size()
	}
	for _, d := range i.details { // the decoder's and the App's
		n += detailBytes + 2*int(reflect.TypeOf(d).Elem().Size())
	}
	return n
}

// Lent returns how many bytes of streams the Inspectors of the Pool keep.
func (p *Pool) Lent() int {
	if p.mem == nil {
		return 0
	}
	return p.mem.Lent()
}

// footprint returns the bytes of what a pointer points to, with its texts and lists, and
// with all that it points to in turn.
func footprint(p reflect.Value, follow bool) int {
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return 0
	}
	return int(p.Type().Elem().Size()) + beyond(p.Elem(), follow)
}

// beyond returns the bytes that a value refers to and does not hold itself.
func beyond(v reflect.Value, follow bool) int {
	n := 0
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Pointer:
		if follow {
			return footprint(v, follow)
		}
	case reflect.Slice:
		n = v.Cap() * int(v.Type().Elem().Size())
		if k := v.Type().Elem().Kind(); k == reflect.String || k == reflect.Struct {
			for i := range v.Len() {
				n += beyond(v.Index(i), follow)
			}
		}
	case reflect.Array:
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				n += beyond(v.Index(i), follow)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			n += beyond(v.Field(i), follow)
		}
	}
	return n
}
