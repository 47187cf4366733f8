package tab

// What tests of the tabs' looks take from those of their works.
var (
	ComparePicture = comparePicture
	DrawTab        = drawTab
	RoleTheme      = roleTheme
	TextOf         = textOf
	ScreenSizes    = screenSizes
)
