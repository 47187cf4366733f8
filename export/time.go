package export

import "time"

// timeLayout is RFC 3339 with all nine digits, so that texts sort like times.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// Time is a moment on the capture's clock, in nanoseconds since the Unix epoch.
// Its text is RFC 3339 in UTC with nanoseconds.
type Time int64

// MarshalText returns the text.
func (t Time) MarshalText() ([]byte, error) { return t.append(nil), nil }

// UnmarshalText reads what MarshalText returns.
func (t *Time) UnmarshalText(text []byte) error {
	at, err := time.Parse(timeLayout, string(text))
	*t = Time(at.UnixNano())
	return err
}

func (t Time) utc() time.Time { return time.Unix(0, int64(t)).UTC() }

// append appends the text to b: timeLayout without its being read for each. All
// years that an int64 of nanoseconds knows have four digits.
func (t Time) append(b []byte) []byte {
	at := t.utc()
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	b = append(appendDigits(b, uint64(year), 4), '-')
	b = append(appendDigits(b, uint64(month), 2), '-')
	b = append(appendDigits(b, uint64(day), 2), 'T')
	b = append(appendDigits(b, uint64(hour), 2), ':')
	b = append(appendDigits(b, uint64(minute), 2), ':')
	b = append(appendDigits(b, uint64(second), 2), '.')
	return append(appendDigits(b, uint64(at.Nanosecond()), 9), 'Z')
}
