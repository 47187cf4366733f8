package term

import "testing"

func TestRect(t *testing.T) {
	r := Rect{2, 3, 10, 5}
	part := func(a, b Rect) [2]Rect { return [2]Rect{a, b} }
	for name, row := range map[string]struct{ got, want [2]Rect }{
		"top":              {part(r.Top(2)), part(Rect{2, 3, 10, 2}, Rect{2, 5, 10, 3})},
		"top, too much":    {part(r.Top(9)), part(r, Rect{2, 8, 10, 0})},
		"top, less":        {part(r.Top(-1)), part(Rect{2, 3, 10, 0}, r)},
		"bottom":           {part(r.Bottom(2)), part(Rect{2, 6, 10, 2}, Rect{2, 3, 10, 3})},
		"bottom, too much": {part(r.Bottom(9)), part(r, Rect{2, 3, 10, 0})},
		"left":             {part(r.Left(4)), part(Rect{2, 3, 4, 5}, Rect{6, 3, 6, 5})},
		"right":            {part(r.Right(4)), part(Rect{8, 3, 4, 5}, Rect{2, 3, 6, 5})},
		"right, too much":  {part(r.Right(99)), part(r, Rect{2, 3, 0, 5})},
		"inset":            {part(r.Inset(1), r.Inset(3)), part(Rect{3, 4, 8, 3}, Rect{5, 6, 4, 0})},
		"center":           {part(r.Center(4, 2), r.Center(99, 99)), part(Rect{5, 4, 4, 2}, r)},
		"intersect":        {part(r.Intersect(Rect{0, 0, 4, 4}), r.Intersect(Rect{20, 3, 1, 1})), part(Rect{2, 3, 2, 1}, Rect{20, 3, 0, 1})},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %v, want %v", name, row.got, row.want)
		}
	}
	for _, row := range []struct {
		x, y int
		in   bool
	}{{2, 3, true}, {11, 7, true}, {12, 7, false}, {11, 8, false}, {1, 3, false}, {2, 2, false}} {
		if got := r.Contains(row.x, row.y); got != row.in {
			t.Errorf("%d,%d in %v: got %v", row.x, row.y, r, got)
		}
	}
	if !(Rect{1, 1, 0, 5}).Empty() || !(Rect{1, 1, 5, -1}).Empty() || r.Empty() {
		t.Error("Empty is wrong")
	}
}
