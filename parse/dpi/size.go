package dpi

import (
	"reflect"
	"sync"
	"unsafe"
)

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
		n += detailBytes + footprint(d, true)
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
		n += footprint(i.dec, false)
	}
	if s, ok := i.dec.(sizer); ok {
		n += s.size()
	}
	for _, d := range i.details { // the decoder's and the App's
		n += detailBytes + 2*shapeOf(reflect.TypeOf(d).Elem()).bytes
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

// footprint returns the bytes of what a pointer in v points to, with its texts and
// lists, and with all that it points to in turn if that is to be followed.
func footprint(v any, follow bool) int {
	t := reflect.TypeOf(v)
	if t.Kind() != reflect.Pointer {
		return 0
	}
	// Proof: an interface that holds a pointer is a word for its type, and that pointer.
	p := (*[2]unsafe.Pointer)(unsafe.Pointer(&v))[1]
	if p == nil {
		return 0
	}
	s := shapeOf(t.Elem())
	return s.bytes + s.beyond(p, follow)
}

// A shape is where the values of a type refer to memory of their own. Reflection
// takes ten times as long to go through a value as its shape does.
type shape struct {
	bytes int // of the value itself
	parts []part
}

// A part is a field, or one within that.
type part struct {
	offset uintptr
	kind   reflect.Kind // String, Slice or Pointer
	of     *shape       // of a list's elements, of what a pointer points to
}

// shapes has the shape of each type that was met.
var shapes sync.Map // reflect.Type to *shape

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	known, _ := shapes.LoadOrStore(t, newShape(t, map[reflect.Type]*shape{}))
	return known.(*shape)
}

// newShape makes a shape. It takes from open those that are being made: types may
// refer to themselves.
func newShape(t reflect.Type, open map[reflect.Type]*shape) *shape {
	s, ok := open[t]
	if !ok {
		s = &shape{bytes: int(t.Size())}
		open[t] = s
		s.add(t, 0, open)
	}
	return s
}

// add adds the parts of a type that lies at an offset.
func (s *shape) add(t reflect.Type, offset uintptr, open map[reflect.Type]*shape) {
	switch t.Kind() {
	case reflect.String:
		s.parts = append(s.parts, part{offset, reflect.String, nil})
	case reflect.Slice, reflect.Pointer:
		s.parts = append(s.parts, part{offset, t.Kind(), newShape(t.Elem(), open)})
	case reflect.Array:
		for i := range t.Len() {
			s.add(t.Elem(), offset+uintptr(i)*t.Elem().Size(), open)
		}
	case reflect.Struct:
		for i := range t.NumField() {
			s.add(t.Field(i).Type, offset+t.Field(i).Offset, open)
		}
	}
}

// beyond returns the bytes that the value at v refers to and does not hold itself.
func (s *shape) beyond(v unsafe.Pointer, follow bool) int {
	n := 0
	for i := range s.parts {
		// Proof: the part lies at this offset of the value, and is of this kind.
		switch part, at := &s.parts[i], unsafe.Add(v, s.parts[i].offset); part.kind {
		case reflect.String:
			n += len(*(*string)(at))
		case reflect.Pointer:
			if p := *(*unsafe.Pointer)(at); follow && p != nil {
				n += part.of.bytes + part.of.beyond(p, follow)
			}
		case reflect.Slice:
			n += part.of.list(*(*[]byte)(at), follow)
		}
	}
	return n
}

// list is beyond for a list of values, of which only the numbers in its header are
// those of a list of bytes.
func (s *shape) list(l []byte, follow bool) int {
	n := cap(l) * s.bytes
	if len(s.parts) == 0 {
		return n
	}
	for i := range len(l) {
		// Proof: the list has len elements of this shape.
		n += s.beyond(unsafe.Add(unsafe.Pointer(unsafe.SliceData(l)), i*s.bytes), follow)
	}
	return n
}
