package export

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// A shape says how values of one type are written as JSON. It follows the
// struct tags as encoding/json does; of these it knows what the schema uses.
type shape struct {
	kind   reflect.Kind
	size   uintptr
	fields []field      // of a struct
	elem   *shape       // of a slice, or of what a pointer points to
	rare   reflect.Type // of a pointer to what writes itself
}

// field is a field of a struct, or of a struct that is embedded there.
type field struct {
	*shape
	name      [maxName]byte // as it is written: `,"name":`, then zeros
	nameLen   int
	offset    uintptr // from the start of the outer struct
	omitEmpty bool
}

// maxName is the room for a name. Copying so much at once costs less than
// copying a few bytes, and is over the end of most.
const maxName = 32

// kindTime is the kind of a Time. No kind of reflect has its number.
const kindTime reflect.Kind = 0xff

// shapeOf compiles a type. It panics for one that the schema does not need so
// far.
func shapeOf(t reflect.Type) *shape {
	s := &shape{kind: t.Kind(), size: t.Size()}
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Uint16, reflect.Uint64, reflect.Float64, reflect.String:
	case reflect.Slice:
		s.elem = shapeOf(t.Elem())
	case reflect.Pointer:
		if t.Implements(reflect.TypeFor[json.Marshaler]()) {
			s.rare = t
			break
		}
		s.elem = shapeOf(t.Elem())
	case reflect.Struct:
		s.add(t, 0)
	default:
		if t != reflect.TypeFor[Time]() {
			panic(fmt.Sprintf("export: no way to write a %v as JSON", t))
		}
		s.kind = kindTime
	}
	return s
}

// add adds the fields of a struct that lies at an offset of the outer one.
func (s *shape) add(t reflect.Type, offset uintptr) {
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		switch name, option, _ := strings.Cut(tag, ","); {
		case f.Anonymous && tag == "":
			s.add(f.Type, offset+f.Offset)
		case f.IsExported() && name != "" && len(name)+len(`,"":`) <= maxName && (option == "" || option == "omitempty"):
			out := field{shape: shapeOf(f.Type), offset: offset + f.Offset, omitEmpty: option != ""}
			out.nameLen = copy(out.name[:], fmt.Sprintf(",%q:", name))
			s.fields = append(s.fields, out)
		case f.IsExported():
			panic(fmt.Sprintf("export: no way to write the field %v.%s as JSON with the tag %q", t, f.Name, tag))
		}
	}
}

// value appends the value at a place that holds one of shape s: the casts are
// to the type that has the kind.
func (e *Encoder) value(b []byte, s *shape, at unsafe.Pointer) []byte {
	switch s.kind {
	case reflect.Bool:
		return strconv.AppendBool(b, *(*bool)(at))
	case reflect.Int:
		return strconv.AppendInt(b, int64(*(*int)(at)), 10)
	case reflect.Uint16:
		return appendUint(b, uint64(*(*uint16)(at)))
	case reflect.Uint64:
		return appendUint(b, *(*uint64)(at))
	case reflect.Float64:
		return e.float(b, *(*float64)(at))
	case reflect.String:
		return e.text(b, *(*string)(at))
	case kindTime:
		return append((*(*Time)(at)).append(append(b, '"')), '"')
	case reflect.Slice:
		return e.list(b, s, at)
	case reflect.Pointer:
		return e.pointer(b, s, at)
	default:
		return e.object(b, s, at)
	}
}

func (e *Encoder) object(b []byte, s *shape, at unsafe.Pointer) []byte {
	start := len(b)
	for i := range s.fields {
		f := &s.fields[i]
		place := unsafe.Add(at, f.offset) // within the struct, by reflect
		if f.omitEmpty && f.empty(place) {
			continue
		}
		b = slices.Grow(b, maxName)
		n := len(b)
		*(*[maxName]byte)(b[n : n+maxName]) = f.name
		b = e.value(b[:n+f.nameLen], f.shape, place)
	}
	if len(b) == start {
		b = append(b, '{')
	}
	b[start] = '{' // where the first field has its comma
	return append(b, '}')
}

// pointer appends what a pointer points to. Proof: at holds a pointer, to a value
// of s.elem, or of the type s.rare.
func (e *Encoder) pointer(b []byte, s *shape, at unsafe.Pointer) []byte {
	to := *(*unsafe.Pointer)(at)
	switch {
	case to == nil:
		return append(b, "null"...)
	case s.rare != nil:
		return e.marshal(b, reflect.NewAt(s.rare.Elem(), to).Interface().(json.Marshaler))
	}
	return e.value(b, s.elem, to)
}

func (e *Encoder) list(b []byte, s *shape, at unsafe.Pointer) []byte {
	v := *(*[]byte)(at) // all slices have the same head; no byte is read through this one
	if v == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range len(v) {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.value(b, s.elem, unsafe.Add(unsafe.Pointer(unsafe.SliceData(v)), uintptr(i)*s.elem.size)) // i < its length
	}
	return append(b, ']')
}

// empty reports whether omitempty leaves the value out. The casts are as in
// value.
func (s *shape) empty(at unsafe.Pointer) bool {
	switch s.kind {
	case reflect.Bool:
		return !*(*bool)(at)
	case reflect.Int:
		return *(*int)(at) == 0
	case reflect.Uint16:
		return *(*uint16)(at) == 0
	case reflect.Uint64:
		return *(*uint64)(at) == 0
	case reflect.Float64:
		return *(*float64)(at) == 0
	case reflect.String:
		return *(*string)(at) == ""
	case reflect.Slice:
		return len(*(*[]byte)(at)) == 0 // as in list
	case reflect.Pointer:
		return *(*unsafe.Pointer)(at) == nil
	case kindTime:
		return *(*Time)(at) == 0
	default:
		return false // a struct never is
	}
}
