package theme

// Role is what a part of the screen is for.
type Role uint8

// The roles. Each has a style of its own in every theme; text roles are drawn on the
// theme's background unless the role says otherwise.
const (
	Text     Role = iota
	Muted         // what matters less: units, labels that repeat
	Faint         // what is there for completeness: closed flows, placeholders
	Label         // names of facts
	Heading       // heads of columns and cards
	Title         // titles of boxes and of the screen
	Accent        // what the eye shall find first
	Good          // healthy, within limits
	Warn          // near a limit, stale
	Bad           // beyond a limit, failed, very stale
	Sent          // numbers and curves of what was sent
	Received      // of what was received
	Both          // of both together
	Rate2         // rates over 2, 10 and 40 s
	Rate10
	Rate40
	Local    // names and addresses of this machine's ends
	Remote   // of the other ends
	Process  // names of processes
	Service  // names of services and applications
	Border   // lines of boxes, axes and scales
	Alert    // lines and text while an alert holds
	Selected // the selected row, and the selected entry of a list
	Hover    // the row under the pointer
	Bar      // text over a bar behind a row: the bar is its background
	BarSent  // likewise, of a bar of what was sent
	BarReceived
	Bar2   // the farther half of a bar with a gradient
	Status // the status line and messages in it
	Header // the header bar
	Key    // keys in help and hints
	Popup  // text in boxes that lie over the screen, on their background
	Input  // text that is being typed
	Cursor // the place where it is typed
	Match  // the part of a text that a query found

	Roles // how many there are
)

var roleNames = [Roles]string{
	"text", "muted", "faint", "label", "heading", "title", "accent", "good", "warn", "bad", "sent", "received", "both",
	"rate2", "rate10", "rate40", "local", "remote", "process", "service", "border", "alert", "selected", "hover",
	"bar", "bar sent", "bar received", "bar2", "status", "header", "key", "popup", "input", "cursor", "match",
}

// String returns the role's name.
func (r Role) String() string { return roleNames[r] }
